/**
 * The plan of a key ceremony: what all participants agree on before the first round, so that no message of one ceremony counts in another.
 * Encoded: ver(1)=01 ‖ kind(1) ‖ id(32) ‖ n(2) ‖ t(2) ‖ base(32) ‖ roster(32) ‖ m(2) ‖ the m dealers' indices (2 each, ascending).
 * @module
 */
import { concat, lp1, readUint, uint } from '../../common/bytes.ts';
import { h256 } from '../../common/hash.ts';
import { type Rng, secureRng } from '../../common/random.ts';
import { GroupSigError } from '../groupsig-error.ts';
import { isThreshold } from '../opener-set.ts';
import { PREFIX } from '../tags.ts';

const VERSION = 1;
const HEADER_BYTES = 104;

const KINDS = ['generate', 'refresh', 'reshare'] as const;

/** A new opening key; new shares of the same key for the same openers; the same key for other openers or another threshold. */
export type CeremonyKind = (typeof KINDS)[number];

/** What a ceremony is for. */
export interface PlanFields {
  readonly kind: CeremonyKind;
  /** Openers and threshold afterwards. */
  readonly n: number;
  readonly t: number;
  /** H256 of what the ceremony builds on, 32 bytes: OS_v for refresh and reshare, for a generation what the caller makes the group key of. */
  readonly base: Uint8Array;
  /** H256 of the caller's list of participants and their keys, 32 bytes. */
  readonly roster: Uint8Array;
  /** Who deals, ascending: 1..n, but for a reshare t openers of the set it builds on, by their old indices. */
  readonly dealers: readonly number[];
}

/** A checked plan. `hash` names the ceremony in every message. */
export interface CeremonyPlan extends PlanFields {
  /** 32 random bytes, new for every attempt. */
  readonly id: Uint8Array;
  readonly encoded: Uint8Array;
  readonly hash: Uint8Array;
}

const refuse = (why: string): GroupSigError => new GroupSigError('CEREMONY_PLAN_INVALID', why);

/** The indices 1..n. */
export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

/** Plans a ceremony under a fresh id. Throws CEREMONY_PLAN_INVALID as {@link decodePlan}. */
export function planCeremony(fields: PlanFields, rng: Rng = secureRng): CeremonyPlan {
  const { kind, n, t, base, roster, dealers } = fields;
  if (base.length !== 32 || roster.length !== 32) throw new RangeError('planCeremony: base and roster have 32 bytes');
  const kindByte = KINDS.indexOf(kind) + 1;
  const counts = [n, t].map((count) => uint(count, 2));
  const head = concat(Uint8Array.of(VERSION, kindByte), rng(32), ...counts, base, roster);
  return decodePlan(concat(head, uint(dealers.length, 2), ...dealers.map((index) => uint(index, 2))));
}

function checkDealers({ kind, n, t }: Pick<PlanFields, 'kind' | 'n' | 't'>, dealers: readonly number[]): void {
  dealers.forEach((index, i) => {
    if (index <= (dealers[i - 1] ?? 0)) throw refuse('dealers not ascending from 1');
  });
  switch (kind) {
    case 'refresh':
      // With one opener there is no second coefficient: the share is the key itself and cannot be refreshed.
      if (t < 2) throw refuse('one opener alone has nothing to refresh');
      if (dealers.length !== n || dealers.at(-1) !== n) throw refuse('not everybody deals');
      return;
    case 'generate':
      if (dealers.length !== n || dealers.at(-1) !== n) throw refuse('not everybody deals');
      return;
    case 'reshare':
      if (dealers.length === 0) throw refuse('nobody deals');
  }
}

/** Strict; throws CEREMONY_PLAN_INVALID unless t > n/2, and everybody deals where everybody must. Whether it fits the old opener set shows `openCeremony`. */
export function decodePlan(bytes: Uint8Array): CeremonyPlan {
  const kind = KINDS[(bytes[1] ?? 0) - 1];
  if (bytes.length < HEADER_BYTES || bytes[0] !== VERSION || kind === undefined) {
    throw refuse('plan is short, of another version or kind');
  }
  const encoded = bytes.slice();
  const number = (from: number): number => readUint(encoded.subarray(from, from + 2));
  const [n, t, count] = [number(34), number(36), number(102)];
  if (!isThreshold(n, t)) throw refuse(`threshold ${t} of ${n}`);
  if (encoded.length !== HEADER_BYTES + 2 * count) throw refuse(`plan has ${encoded.length} bytes`);
  const dealers = Array.from({ length: count }, (_, i) => number(HEADER_BYTES + 2 * i));
  checkDealers({ kind, n, t }, dealers);
  return {
    kind,
    id: encoded.slice(2, 34),
    n,
    t,
    base: encoded.slice(38, 70),
    roster: encoded.slice(70, 102),
    dealers,
    encoded,
    hash: h256(lp1(PREFIX.ceremony), encoded),
  };
}
