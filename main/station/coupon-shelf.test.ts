import { beforeAll, describe, expect, it } from 'vitest';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { encodeAttributes } from '../../crypto/groupsig/context.ts';
import { at, createSampleGroup, TODAY } from '../../crypto/groupsig/testing/sample-group.ts';
import { createCouponShelf } from './coupon-shelf.ts';

const attributes = encodeAttributes(TODAY);
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
});
