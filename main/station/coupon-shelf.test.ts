import { beforeAll, describe, expect, it } from 'vitest';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { encodeAttributes } from '../../crypto/groupsig/context.ts';
import type { MemberCredential } from '../../crypto/groupsig/member-credential.ts';
import { at, createSampleGroup, TODAY } from '../../crypto/groupsig/testing/sample-group.ts';
import { createCouponShelf } from './coupon-shelf.ts';

const attributes = encodeAttributes(TODAY);
const tomorrow = encodeAttributes({ ...TODAY, epoch: { ...TODAY.epoch, day: TODAY.epoch.day + 1 } });
let backend: GroupBackend;
let group: ReturnType<typeof createSampleGroup>;
beforeAll(async () => {
  backend = await createMclBackend();
  group = createSampleGroup(backend, 2, 'shelf');
});

describe('the shelf', () => {
  it('loads a credential once for a stay and gives each coupon once', async () => {
    const shelf = createCouponShelf(backend, group.groupKey);
    const { credential } = at(group.members, 0);
    let loads = 0;
    const load = async () => {
      loads++;
      return credential;
    };
    expect(await shelf.credential('left#1', attributes, load)).toBe(credential);
    expect(await shelf.credential('left#1', attributes, load)).toBe(credential);
    expect(loads).toBe(1);
    expect(shelf.take(credential)).toBeUndefined();
    shelf.stock();
    const coupons = [shelf.take(credential), shelf.take(credential)];
    expect(new Set(coupons).size).toBe(2);
    expect(shelf.take(credential)).toBeUndefined();
    expect(await shelf.credential('left#2', attributes, async () => undefined)).toBeUndefined();
  });

  it('destroys what it holds of a card that left', async () => {
    const shelf = createCouponShelf(backend, group.groupKey);
    const [one, two] = [0, 1].map((i) => at(group.members, i).credential);
    if (one === undefined || two === undefined) throw new Error('two doctors');
    await shelf.credential('left#1', attributes, async () => one);
    await shelf.credential('right#1', attributes, async () => two);
    shelf.stock();
    const kept = shelf.take(two);
    shelf.keepOnly(new Set(['right#1']));
    expect(shelf.take(one)).toBeUndefined();
    expect(kept?.take()).toBeDefined();
    expect(shelf.take(two)).toBeDefined();
    // A card that comes back is loaded anew.
    let loads = 0;
    await shelf.credential('left#1', attributes, async () => {
      loads++;
      return one;
    });
    expect(loads).toBe(1);
  });

  it('destroys what it holds of an epoch that is over, for that card alone', async () => {
    const shelf = createCouponShelf(backend, group.groupKey);
    const [one, two] = [0, 1].map((i) => at(group.members, i).credential);
    if (one === undefined || two === undefined) throw new Error('two doctors');
    const loaded = async (stay: string, attributesOf: Uint8Array, credential: MemberCredential) =>
      shelf.credential(stay, attributesOf, async () => ({ ...credential }));
    const old = await loaded('left#1', attributes, one);
    const other = await loaded('right#1', attributes, two);
    const sameEpoch = await loaded('left#1', encodeAttributes({ ...TODAY, classNumber: 77 }), one);
    if (old === undefined || other === undefined || sameEpoch === undefined) throw new Error('all load');
    shelf.stock();
    const fresh = await loaded('left#1', tomorrow, one);
    for (const gone of [old, sameEpoch]) expect(shelf.take(gone)).toBeUndefined();
    expect(shelf.take(other)).toBeDefined();
    shelf.stock();
    expect(shelf.take(fresh ?? old)).toBeDefined();
    // Should the old one be asked for again it is loaded anew.
    expect(await loaded('left#1', attributes, one)).not.toBe(old);
  });

  it('keeps nothing that was still loading when its epoch was over or its card gone', async () => {
    const shelf = createCouponShelf(backend, group.groupKey);
    const { credential } = at(group.members, 0);
    const late = Promise.withResolvers<MemberCredential>();
    const old = shelf.credential('left#1', attributes, () => late.promise);
    const left = shelf.credential('right#1', attributes, () => late.promise);
    await shelf.credential('left#1', tomorrow, async () => undefined);
    shelf.keepOnly(new Set(['left#1']));
    late.resolve(credential);
    // Whoever asked gets it all the same.
    expect(await Promise.all([old, left])).toEqual([credential, credential]);
    shelf.stock();
    expect(shelf.take(credential)).toBeUndefined();
  });
});
