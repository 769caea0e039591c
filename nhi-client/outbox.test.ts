import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Cast } from '../bureau/testing/journeys.ts';
import { makeCast, signOn, visitOf } from '../bureau/testing/journeys.ts';
import { pickup, prescription, record, sealed } from '../bureau/testing/messages.ts';
import { DAY } from '../bureau/testing/moving-clock.ts';
import { createWorld, type Post, signal, type World } from '../bureau/testing/world.ts';
import { ImisError, refusalOf } from '../contract/errors.ts';
import type { BureauClient } from './bureau-client.ts';
import { createOutbox, type Outbox, type OutboxItem, type OutboxStore } from './outbox.ts';

/** A store that keeps items as text, as a file would. */
function createTextStore(): OutboxStore & { readonly texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return {
    texts,
    put: async (items) => {
      for (const item of items) texts.set(item.id, JSON.stringify(item));
    },
    remove: async (id) => {
      texts.delete(id);
    },
    list: async () =>
      // What was written above.
      [...texts.values()].map((text) => JSON.parse(text) as OutboxItem).sort((a, b) => a.createdAt - b.createdAt),
  };
}

/** The client, with every body that goes out written down. */
function recording(client: BureauClient): { client: BureauClient; sent: string[] } {
  const sent: string[] = [];
  return {
    sent,
    client: {
      ...client,
      record: (input, abort) => {
        sent.push(JSON.stringify(input.body));
        return client.record(input, abort);
      },
    },
  };
}

let world: World;
let cast: Cast;
let clinic: Post;
let store: ReturnType<typeof createTextStore>;
let sent: string[];
let outbox: Outbox;
let ids = 0;

beforeAll(async () => {
  world = await createWorld();
  cast = await makeCast(world);
  clinic = world.posts.clinic;
});
afterAll(() => world.close());
beforeEach(() => {
  const recorded = recording(clinic.client);
  sent = recorded.sent;
  store = createTextStore();
  outbox = createOutbox({ store, client: recorded.client, clock: world.clock });
});

const nextId = (): string => (++ids).toString(16).padStart(32, '0');

async function recordItem(presence?: string) {
  const visit = await visitOf(world, cast);
  const message = sealed(world, await record(world, cast.doctor, visit));
  return { id: nextId(), route: 'record', body: { message }, presence: presence ?? visit.presence } as const;
}

describe('the outbox', () => {
  it('does not bring back what a person has dealt with, when two tries were under way at once', async () => {
    const answers = [Promise.withResolvers<never>(), Promise.withResolvers<never>()];
    let asked = 0;
    const client: BureauClient = {
      ...clinic.client,
      record: () => answers[asked++]?.promise ?? expect.fail('once more'),
    };
    const twice = createOutbox({ store, client, clock: world.clock });
    const id = nextId();
    await twice.keep([{ id, route: 'record', body: { message: '' }, presence: '' }], signal);
    const tries = [twice.flush(undefined, signal), twice.flush(undefined, signal)];
    await expect.poll(() => asked).toBe(2);
    const refuse = (which: number): void => answers[which]?.reject(new ImisError('WARRANT_ERASED', 'refused'));
    refuse(0);
    await tries[0];
    expect(await twice.refused(signal)).toMatchObject([{ id, refusedWith: 'WARRANT_ERASED' }]);
    expect(await twice.settle(id, signal)).toBe(true);
    refuse(1);
    await tries[1];
    expect(await twice.refused(signal)).toEqual([]);
  });

  it('answers the acknowledgement and keeps nothing when all is well', async () => {
    const ack = await outbox.submit(await recordItem(), undefined, signal);
    expect(ack?.id).toMatch(/^[0-9a-f]{64}$/u);
    expect(await outbox.waiting(signal)).toBe(0);
    expect(store.texts.size).toBe(0);
  });

  it('keeps a message for a bureau that is away and sends the same bytes when it is back', async () => {
    const item = await recordItem();
    await world.stop();
    expect(await outbox.submit(item, undefined, signal)).toBeUndefined();
    expect(await outbox.waiting(signal)).toBe(1);
    expect(await outbox.flush(undefined, signal)).toBe(1);
    await world.restart();
    // A desk that was started anew has the store and nothing else.
    const { client, sent: later } = recording(clinic.client);
    const again = createOutbox({ store, client, clock: world.clock });
    expect(await again.flush(undefined, signal)).toBe(0);
    expect(new Set([...sent, ...later]).size).toBe(1);
    expect(later).toHaveLength(1);
    expect(store.texts.size).toBe(0);
    expect(await world.store.recordsOf(cast.patient.pid, 1, signal)).toHaveLength(1);
  });

  it('sends again what was accepted before the answer was lost: nothing happens twice', async () => {
    const item = await recordItem();
    const lost: BureauClient = {
      ...clinic.client,
      record: async (input, abort) => {
        await clinic.client.record(input, abort);
        throw Object.assign(new Error('the answer was lost'), { code: 'BUREAU_UNREACHABLE' });
      },
    };
    const before = (await world.store.recordsOf(cast.patient.pid, 100, signal)).length;
    expect(
      await createOutbox({ store, client: lost, clock: world.clock }).submit(item, undefined, signal),
    ).toBeUndefined();
    expect(await outbox.flush(undefined, signal)).toBe(0);
    expect(await world.store.recordsOf(cast.patient.pid, 100, signal)).toHaveLength(before + 1);
  });

  it('marks what the bureau refuses for good and goes on with the rest', async () => {
    const wrong = { ...(await recordItem()), presence: '00'.repeat(32) };
    const [good, late] = [await recordItem(), await recordItem()];
    await world.stop();
    for (const item of [wrong, good, late]) {
      await outbox.submit(item, undefined, signal);
      world.clock.advance(1);
    }
    await world.restart();
    expect(await outbox.flush(undefined, signal)).toBe(0);
    const left = await store.list(signal);
    expect(left.map(({ id, refusedWith }) => [id, refusedWith])).toEqual([[wrong.id, 'PRESENCE_REQUIRED']]);
    const tries = sent.length;
    await outbox.flush(undefined, signal);
    expect(sent).toHaveLength(tries);
  });

  it('keeps what belongs together without sending it, and tells where it is', async () => {
    const reference = 'ab'.repeat(32);
    expect(await outbox.stateOf(reference, signal)).toBe('absent');
    const first = await recordItem();
    const kept = await outbox.keep([first, { ...(await recordItem()), reference, needs: first.id }], signal);
    expect(sent).toEqual([]);
    expect(await outbox.waiting(signal)).toBe(2);
    expect(await outbox.stateOf(reference, signal)).toBe('waiting');
    const [one, two] = kept;
    if (one === undefined || two === undefined) throw new Error('two items were kept');
    await world.stop();
    expect(await outbox.deliver(two, undefined, signal)).toBeUndefined();
    await world.restart();
    // The second is never sent without the first.
    expect(sent).toEqual([JSON.stringify(one.body)]);
    expect((await outbox.deliver(two, undefined, signal))?.id).toMatch(/^[0-9a-f]{64}$/u);
    expect(sent).toEqual([one, one, two].map(({ body }) => JSON.stringify(body)));
    expect(await outbox.stateOf(reference, signal)).toBe('absent');
    expect(store.texts.size).toBe(0);
  });

  it.each(['deliver', 'flush'] as const)('never sends what needs a message that was refused: %s', async (how) => {
    const reference = 'cd'.repeat(32);
    const wrong = { ...(await recordItem()), presence: '00'.repeat(32) };
    const [one, two] = await outbox.keep([wrong, { ...(await recordItem()), reference, needs: wrong.id }], signal);
    if (one === undefined || two === undefined) throw new Error('two items were kept');
    if (how === 'flush') expect(await outbox.flush(undefined, signal)).toBe(0);
    else await expect(outbox.deliver(one, undefined, signal)).rejects.toMatchObject({ code: 'PRESENCE_REQUIRED' });
    await expect(outbox.deliver(two, undefined, signal)).rejects.toMatchObject({ code: 'PRESENCE_REQUIRED' });
    expect(sent).toHaveLength(1);
    expect(await outbox.stateOf(reference, signal)).toBe('refused');
    expect((await store.list(signal)).map(({ refusedWith }) => refusedWith)).toEqual([
      'PRESENCE_REQUIRED',
      'PRESENCE_REQUIRED',
    ]);
  });

  it('rejects with the bureau’s code when the first attempt is refused', async () => {
    const thrown: unknown = await outbox
      .submit({ ...(await recordItem()), presence: '00'.repeat(32) }, undefined, signal)
      .catch((cause: unknown) => cause);
    expect(refusalOf(thrown).code).toBe('PRESENCE_REQUIRED');
    expect((await store.list(signal))[0]?.refusedWith).toBe('PRESENCE_REQUIRED');
  });

  it('holds a pickup while nobody is signed on and sends it by whoever is, the next morning', async () => {
    const { pharmacy } = world.posts;
    const visit = await visitOf(world, cast);
    const rx = await prescription(world, cast.doctor, visit);
    await clinic.client.prescription({ presence: visit.presence, body: rx.body }, signal);
    const message = sealed(world, await pickup(world, pharmacy, cast.pharmacist, cast.patient, rx));
    const queue = createOutbox({ store, client: pharmacy.client, clock: world.clock });
    expect(await queue.submit({ id: nextId(), route: 'pickup', body: { message } }, undefined, signal)).toBeUndefined();
    world.clock.advance(DAY);
    expect(await queue.flush(undefined, signal)).toBe(1);
    expect(await queue.flush(await signOn(world, pharmacy, cast.pharmacist), signal)).toBe(0);
    expect((await world.store.prescription(rx.rxId, signal))?.used).toBe(1);
    world.clock.advance(-DAY);
  });

  it('is not held up by one that waits for somebody to sign on', async () => {
    const client: BureauClient = {
      ...clinic.client,
      pickup: () => Promise.reject(new ImisError('OPERATOR_REQUIRED', 'nobody is signed on')),
    };
    const queue = createOutbox({ store, client, clock: world.clock });
    const waits = { id: nextId(), route: 'pickup', body: { message: 'AAAA' } } as const;
    const goes = await recordItem();
    await world.stop();
    await queue.submit(waits, undefined, signal);
    world.clock.advance(1);
    await queue.submit(goes, undefined, signal);
    await world.restart();
    expect(await queue.flush(undefined, signal)).toBe(1);
    expect((await store.list(signal)).map(({ id }) => id)).toEqual([waits.id]);
  });

  it('keeps a message whose sending was cancelled', async () => {
    const abort = new AbortController();
    const client: BureauClient = {
      ...clinic.client,
      record: (input, given) => {
        abort.abort();
        return clinic.client.record(input, given);
      },
    };
    const slow = createOutbox({ store, client, clock: world.clock });
    expect(await slow.submit(await recordItem(), undefined, abort.signal)).toBeUndefined();
    expect(await outbox.flush(undefined, signal)).toBe(0);
  });
});
