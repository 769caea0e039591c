/**
 * Key ceremonies of the opening key without a dealer: generation (Pedersen 1991 over Feldman 1987), refresh (Herzberg et al. 1995) and
 * change of officers or threshold (Desmedt and Jajodia 1997). All three are one protocol and differ in the constant term dealt:
 * a random one, 0, or lambda_i*kappa_i. Its rounds:
 *
 * ```
 * 1 commitment    each dealer publishes the hash of its broadcast                                      begin-dealing.ts
 * 2 deal, shares  all hashes are there: commitments and proof to everybody, f(i) sealed to each one    begin-dealing.ts
 * 3 confirmation  who finds everything in order names the broadcasts it saw; who does not, complains   receive-shares.ts
 * 4               all confirm the same broadcasts: the sums are the new commitments and shares         finish-ceremony.ts
 * ```
 *
 * Any complaint, and anything that does not hold, ends the ceremony; it starts again with a new id, without whom it named.
 *
 * Why hashes come first: whoever broadcasts last in a plain Feldman generation sees the others' constant terms and can choose
 * among its own until bits of K1 come out as it likes (Gennaro, Jarecki, Krawczyk, Rabin 1999). Here everybody is bound before anything is seen. What remains is
 * to break off after round 2 has begun: each try gives one more independent K1 to choose from, ends with the offender named, and ten such
 * aborts bias K1 by fewer than four bits. The proofs of knowledge let a reduction extract every dealer's polynomial; DDH for K1 is all we ask.
 *
 * The caller authenticates messages (a signature by the sender's key over these bytes) and seals shares to their recipients. Broadcasts need
 * no reliable channel: the confirmations compare them. Answers of round 3 do: one who confirms to some and complains to others makes some
 * finish and some not, so a caller keeps old shares until everybody has signed the outcome.
 * @module
 */
import { equalBytes } from '../../common/bytes.ts';
import type { G1, GroupBackend } from '../backend.ts';
import { GroupSigError } from '../groupsig-error.ts';
import { lagrangeAtZero } from '../lagrange.ts';
import type { OpenerSet } from '../opener-set.ts';
import type { CeremonyPlan } from './plan.ts';

/** A plan with the opener set it builds on, checked to fit. */
export interface Ceremony {
  readonly backend: GroupBackend;
  readonly plan: CeremonyPlan;
  /** OS_v before a refresh or reshare. */
  readonly previous: OpenerSet | undefined;
  /** lambda_i of a dealer of a reshare; undefined for every other. */
  readonly weightOf: (dealer: number) => bigint | undefined;
  /** The commitment to a dealer's constant term where it follows from the opener set: computed, never read. Undefined in a generation. */
  readonly constantOf: (dealer: number) => G1 | undefined;
}

/** Checks a plan against the opener set it builds on, none for a generation. Throws CEREMONY_PLAN_INVALID. */
export function openCeremony(backend: GroupBackend, plan: CeremonyPlan, previous?: OpenerSet): Ceremony {
  const refuse = (why: string): GroupSigError => new GroupSigError('CEREMONY_PLAN_INVALID', why);
  if (plan.kind === 'generate') {
    if (previous !== undefined) throw refuse('a generation builds on no opener set');
    return { backend, plan, previous, weightOf: () => undefined, constantOf: () => undefined };
  }
  if (previous === undefined || !equalBytes(plan.base, previous.hash)) throw refuse('plan for another opener set');
  const { n, t, dealers } = plan;
  if (plan.kind === 'refresh') {
    if (n !== previous.n || t !== previous.t) throw refuse('a refresh keeps n and t');
    const zero = backend.sub(backend.generators.G, backend.generators.G);
    return { backend, plan, previous, weightOf: () => undefined, constantOf: () => zero };
  }
  if (dealers.length !== previous.t || dealers.some((index) => index > previous.n)) {
    throw refuse(`${previous.t} of ${previous.n} openers deal a reshare`);
  }
  const weights = new Map(lagrangeAtZero(dealers).map((lambda, i) => [dealers[i], lambda]));
  const weightOf = (dealer: number): bigint => {
    const lambda = weights.get(dealer);
    if (lambda === undefined) throw new RangeError(`${dealer} deals nothing`);
    return lambda;
  };
  const constantOf = (dealer: number): G1 => backend.mul(previous.shareKey(dealer), weightOf(dealer));
  return { backend, plan, previous, weightOf, constantOf };
}
