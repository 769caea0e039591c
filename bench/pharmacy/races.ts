/**
 * Two pharmacy processes want one prescription at the same instant, again and again: how often not exactly one of them had it. Two desks of one
 * pharmacy want the lock or collect; or the pharmacy it is for wants the lock while the patient's card names another.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { type Cast, makeCast, signOn, visitOf } from '../../bureau/testing/journeys.ts';
import {
  designate,
  pickup,
  prescription,
  type SoftPrescription,
  sealed,
  undispensing,
} from '../../bureau/testing/messages.ts';
import { createWorld, makeStaff, OTHER_PHARMACY, PHARMACY, signal, type World } from '../../bureau/testing/world.ts';

const Answer = z.union([z.strictObject({ won: z.string() }), z.strictObject({ code: z.string() })]);
type Answer = z.infer<typeof Answer>;

/** Between the order and the start, ms: longer than an order takes on its way. */
const LEAD_MS = 3;
/** A prescription is raced for this often before it is replaced by a fresh one. */
const RACES_EACH = 50;

interface Racer {
  readonly child: ChildProcess;
  ask(order: object): Promise<Answer>;
}

async function startRacer(folder: string, url: string, operator: string): Promise<Racer> {
  const child = fork(join(import.meta.dirname, 'racer.ts'), [folder, url, operator]);
  await once(child, 'message');
  return {
    child,
    ask: async (order) => {
      const answered = once(child, 'message');
      child.send(order);
      const [raw] = await answered;
      return Answer.parse(raw);
    },
  };
}

async function prescribed(world: World, cast: Cast): Promise<SoftPrescription> {
  const visit = await visitOf(world, cast);
  const rx = await prescription(world, cast.doctor, visit);
  await visit.post.client.prescription({ presence: visit.presence, body: rx.body }, signal);
  return rx;
}

/** What came of the races. `double`: how many had not exactly one winner; `refusals`: what the losers were told. */
export interface Races {
  readonly locks: number;
  readonly pickups: number;
  readonly designations: number;
  readonly double: number;
  readonly refusals: ReadonlyMap<string, number>;
  readonly secondsALock: number;
}

/** Races for locks; every tenth race for the pickup itself, with a pickup object of each desk, and every tenth against a designation. */
export async function runRaces(count: number, progress: (done: number) => void): Promise<Races> {
  const world = await createWorld();
  const cast = await makeCast(world);
  const { pharmacy, secondPharmacyDesk, otherPharmacy } = world.posts;
  const second = await makeStaff(world, cast.operators.clerk, PHARMACY, 'pharmacist');
  const desks = [
    { post: pharmacy, by: cast.pharmacist, name: 'pharmacy' },
    { post: secondPharmacyDesk, by: second, name: 'pharmacy-2' },
  ] as const;
  const racers: Racer[] = [];
  for (const { post, by, name } of desks)
    racers.push(await startRacer(join(world.dir, name), world.url, await signOn(world, post, by)));
  // Who names another pharmacy is nobody of its staff: the patient's card does.
  const elsewhere = await startRacer(join(world.dir, 'other-pharmacy'), world.url, '');
  const refusals = new Map<string, number>();
  let [double, locks, pickups, designations] = [0, 0, 0, 0];
  let rx = await prescribed(world, cast);

  /** Everybody at once; the winners by number. */
  const race = async (
    order: (racer: number) => object,
    entrants: readonly Racer[] = racers,
  ): Promise<readonly { racer: number; won: string }[]> => {
    const at = performance.timeOrigin + performance.now() + LEAD_MS;
    const answers = await Promise.all(entrants.map((racer, i) => racer.ask({ ...order(i), at })));
    const winners = answers.flatMap((answer, racer) => ('won' in answer ? [{ racer, won: answer.won }] : []));
    for (const answer of answers) if ('code' in answer) refusals.set(answer.code, (refusals.get(answer.code) ?? 0) + 1);
    if (winners.length !== 1) double++;
    return winners;
  };

  const begun = performance.now();
  for (let i = 0; i < count; i++) {
    if (i > 0 && i % RACES_EACH === 0) rx = await prescribed(world, cast);
    if (i % 10 === 9) {
      const messages = await Promise.all(
        desks.map(async ({ post, by }) => sealed(world, await pickup(world, post, by, cast.patient, rx))),
      );
      const [winner] = await race((racer) => ({ what: 'collect', message: messages[racer] ?? '' }));
      pickups++;
      const { post, by } = desks[winner?.racer ?? 0] ?? desks[0];
      const body = { message: sealed(world, await undispensing(world, post, by, rx.rxId)) };
      await post.client.undispensing({ operator: await operatorOf(world, post, by), body }, signal);
    } else if (i % 10 === 4 && racers[0] !== undefined) {
      const to = (name: string) => designate(world, otherPharmacy, cast.patient, { rxId: rx.rxId, pharmacy: name });
      const { ciphertext } = rx.body;
      const named = sealed(world, await to(OTHER_PHARMACY));
      const orders = [
        { what: 'lock', rxId: rx.rxId },
        { what: 'designate', designation: named, ciphertext },
      ];
      const winners = await race((racer) => orders[racer] ?? {}, [racers[0], elsewhere]);
      designations++;
      for (const { racer, won } of winners) {
        if (racer === 0) await racers[0].ask({ what: 'release', rxId: rx.rxId, secret: won });
        else
          await otherPharmacy.client.designation(
            { body: { designation: sealed(world, await to(PHARMACY)), ciphertext } },
            signal,
          );
      }
    } else {
      const winners = await race(() => ({ what: 'lock', rxId: rx.rxId }));
      locks++;
      for (const { racer, won } of winners) await racers[racer]?.ask({ what: 'release', rxId: rx.rxId, secret: won });
    }
    if ((i + 1) % 500 === 0) progress(i + 1);
  }
  const secondsALock = (performance.now() - begun) / 1000 / count;
  for (const { child } of [...racers, elsewhere]) child.disconnect();
  await world.close();
  return { locks, pickups, designations, double, refusals, secondsALock };
}

/** Sign-ons last eight hours, and the world's clock stands still: one for each desk does. */
const tokens = new Map<string, Promise<string>>();
function operatorOf(world: World, post: World['posts']['pharmacy'], by: Cast['pharmacist']): Promise<string> {
  const known = tokens.get(post.desk.terminalId) ?? signOn(world, post, by);
  tokens.set(post.desk.terminalId, known);
  return known;
}
