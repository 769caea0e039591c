/**
 * The measurements, each over one backend. What a process has loaded is its caller's business.
 * @module
 */

import { secureRng } from '../../crypto/common/random.ts';
import type { GroupBackend, SignedItem } from '../../crypto/groupsig/backend.ts';
import { verifyBatch } from '../../crypto/groupsig/batch.ts';
import { issueBundle } from '../../crypto/groupsig/issuer.ts';
import { createVerifyPool } from '../../crypto/groupsig/node/verify-pool.ts';
import { TODAY } from '../../crypto/groupsig/testing/sample-group.ts';
import { verifySignature } from '../../crypto/groupsig/verify.ts';
import { percentile } from '../report.ts';
import { createOpeningRun } from './opening-run.ts';
import { manyMembers, type SigningGroup } from './signing-group.ts';
import { per, type Timing, timed, timedInTurn } from './timing.ts';

const BATCH = 1000;
/** Uses after which every table a backend builds lazily is there. */
const WARM = 30;
const signal = new AbortController().signal;

function assertGood(verdicts: readonly boolean[]): void {
  if (verdicts.length === 0 || verdicts.includes(false)) throw new Error('a good signature was refused');
}

/** On line: from the message hash to 400 bytes with everything else made ahead. Total: everything, card and host. */
export async function measureSigning(group: SigningGroup): Promise<{ online: Timing; total: Timing; bytes: number }> {
  const total = await timed({ times: 200, warmUp: WARM, prepare: () => undefined, work: group.signWhole });
  const online = await timed({
    times: 200,
    warmUp: WARM,
    prepare: group.prepareSignature,
    work: group.signPrepared,
  });
  const signature = await group.signPrepared(group.prepareSignature());
  assertGood([verifySignature(group.backend, group.groupKey, group.ctx, group.messageHash, signature)]);
  return { online, total, bytes: signature.length };
}

/** One signature at a time, beside one product of two pairings by the same backend. */
export async function measureVerifying(
  { backend, groupKey }: SigningGroup,
  [item]: readonly SignedItem[],
): Promise<{ verify: Timing; pairing: Timing }> {
  if (item === undefined) throw new Error('nothing to verify');
  const { ctx, messageHash, signature } = item;
  const { G, h } = backend.generators;
  const [verify, pairing] = await timedInTurn(100, WARM, [
    () => assertGood([verifySignature(backend, groupKey, ctx, messageHash, signature)]),
    () => backend.pairsToOne(G, groupKey.w, h),
  ]);
  if (verify === undefined || pairing === undefined) throw new Error('two works have two times');
  return { verify, pairing };
}

/** A batch of a thousand, for each of them; `asynchronous` on the backend's own two threads, where it has them. */
export async function measureBatch(
  { backend, groupKey }: SigningGroup,
  items: readonly SignedItem[],
): Promise<{ one: Timing; two: Timing | undefined }> {
  const batch = items.slice(0, BATCH);
  const { prepared } = groupKey;
  const alone = (): void => assertGood(verifyBatch(backend, groupKey, batch));
  const together = async (): Promise<void> =>
    assertGood((await prepared?.verifyBatchAsync(batch, secureRng(32))) ?? []);
  const [one, two] = await timedInTurn(7, 1, prepared === undefined ? [alone] : [alone, together]);
  if (one === undefined) throw new Error('one work has one time');
  return { one: per(one, batch.length), two: two === undefined ? undefined : per(two, batch.length) };
}

/** How much more two verifying threads do than one, run in turn. The value is the ratio of the minima, the median that of each pair. */
export async function measurePool(
  { groupKey }: SigningGroup,
  items: readonly SignedItem[],
  times: number,
): Promise<Timing & { readonly one: number; readonly two: number }> {
  const pools = [1, 2].map((workers) => createVerifyPool({ groupKey: groupKey.encoded, workers }));
  const taken: [number[], number[]] = [[], []];
  // Once without counting: threads start and compile.
  for (let i = -1; i < times; i++) {
    for (const [j, pool] of pools.entries()) {
      const verdicts: boolean[] = [];
      const started = performance.now();
      for await (const verdict of pool.verifyAll(items, signal)) verdicts.push(verdict);
      if (i >= 0) taken[j]?.push(performance.now() - started);
      assertGood(verdicts);
    }
  }
  await Promise.all(pools.map((pool) => pool.close()));
  const [ones, twos] = taken;
  const [one, two] = [Math.min(...ones), Math.min(...twos)];
  const ratios = ones.map((value, i) => value / (twos[i] ?? value));
  return { value: one / two, median: percentile(ratios, 0.5), times, one, two };
}

/** Openings by three of five in a register of ten and in one of `large`, in turn. */
export async function measureOpening(
  group: SigningGroup,
  large: number,
  times: number,
): Promise<{ small: Timing; large: Timing; forJudge: Timing }> {
  const runs = [await createOpeningRun(group, 10), await createOpeningRun(group, large)] as const;
  const [small, big, forJudge] = await timedInTurn(times, 5, [runs[0].open, runs[1].open, runs[1].openForJudge]);
  for (const run of runs) await run.close();
  if (small === undefined || big === undefined || forJudge === undefined) throw new Error('three works, three times');
  return { small, large: big, forJudge };
}

/** The bundle of so many members, made anew, in seconds; in the calling thread and so on one core. */
export async function measureReissue(
  { backend, groupKey, issuer }: SigningGroup,
  members: number,
  times: number,
): Promise<Timing> {
  const input = { secret: issuer.secret, groupKey, ...TODAY };
  issueBundle(backend, { ...input, members: manyMembers(backend, 200) });
  const all = manyMembers(backend, members);
  const work = (): Uint8Array => issueBundle(backend, { ...input, members: all });
  return per(await timed({ times, warmUp: 0, prepare: () => undefined, work }), 1000);
}

/** Addons this process has loaded, by file name. */
function loadedAddons(): readonly string[] {
  // The report is a plain object; its type in @types/node names no fields.
  const { sharedObjects } = process.report.getReport() as unknown as { readonly sharedObjects: readonly string[] };
  return sharedObjects.filter((path) => path.endsWith('.node'));
}

/** For a process that must run without native code; throws when some was loaded. */
export function assertNoAddon(backend: GroupBackend): void {
  const addons = loadedAddons();
  if (addons.length > 0 || backend.name !== 'mcl-wasm') {
    throw new Error(`not wasm alone: ${backend.name}, ${addons.join(', ')}`);
  }
}
