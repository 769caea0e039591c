import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERRORS } from '../../contract/errors.ts';
import { expectRefused } from '../testing/expect-refused.ts';
import { type Cast, makeCast, visitOf } from '../testing/journeys.ts';
import { prescription, record, sealed } from '../testing/messages.ts';
import { createWorld, signal, type World } from '../testing/world.ts';

let world: World;
let cast: Cast;

beforeAll(async () => {
  world = await createWorld();
  cast = await makeCast(world);
});
afterAll(() => world.close());

describe('the state of a message', () => {
  it('is told to any terminal: not accepted before, accepted after, with the instant of the acknowledgement', async () => {
    const { registration, clinic, otherClinic, pharmacy, bureau } = world.posts;
    const visit = await visitOf(world, cast);
    const { presence } = visit;
    const rx = await prescription(world, cast.doctor, visit);
    const asked = [registration, clinic, otherClinic, pharmacy, bureau];
    const states = () => Promise.all(asked.map(({ client }) => client.messageState({ params: { id: rx.id } }, signal)));
    expect(await states()).toEqual(asked.map(() => ({ accepted: false })));
    const message = sealed(world, await record(world, cast.doctor, visit));
    const recordAck = await clinic.client.record({ presence, body: { message } }, signal);
    expect(await states()).toEqual(asked.map(() => ({ accepted: false })));
    const { receivedAt } = await clinic.client.prescription({ presence, body: rx.body }, signal);
    expect(await states()).toEqual(asked.map(() => ({ accepted: true, receivedAt })));
    expect(await pharmacy.client.messageState({ params: { id: recordAck.id } }, signal)).toEqual({
      accepted: true,
      receivedAt: recordAck.receivedAt,
    });
  });

  it('is not told of a message that was refused', async () => {
    const visit = await visitOf(world, cast);
    const rx = await prescription(world, cast.doctor, visit);
    const presence = '00'.repeat(32);
    const { client } = world.posts.clinic;
    await expectRefused(world, 'PRESENCE_REQUIRED', 'line', () =>
      client.prescription({ presence, body: rx.body }, signal),
    );
    expect(await client.messageState({ params: { id: rx.id } }, signal)).toEqual({ accepted: false });
  });

  it.each([
    ['an id of another form', 'nonsense', true, 'REQUEST_MALFORMED'],
    ['an id in capitals', 'AB'.repeat(32), true, 'REQUEST_MALFORMED'],
    ['a caller without a certificate', 'ab'.repeat(32), false, 'TERMINAL_UNKNOWN'],
  ] as const)('is refused to %s', async (_what, id, known, code) => {
    const { tls } = world.posts.clinic.desk;
    const dispatcher = new Agent({ connect: known ? tls : { ca: tls.ca } });
    try {
      const answer = await request(new URL(`/v1/messages/${id}`, world.url), { dispatcher });
      expect(answer.statusCode).toBe(ERRORS[code].http);
      expect(await answer.body.json()).toMatchObject({ error: { code } });
    } finally {
      await dispatcher.destroy();
    }
  });
});
