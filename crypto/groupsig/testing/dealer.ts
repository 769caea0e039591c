/**
 * A trusted dealer of the opening key: kappa = f(0), kappa_i = f(i), F_j = a_j*G (Shamir 1979, Feldman 1987).
 * For tests and benchmarks only: it knows kappa. The ceremony of crypto/groupsig/ceremony gives the same outputs without a dealer.
 * @module
 */
import { type Rng, randomScalar, secureRng } from '../../common/random.ts';
import type { GroupBackend } from '../backend.ts';
import { isThreshold } from '../opener-set.ts';
import type { OpenerShare } from '../opener-share.ts';
import { encodeScalar, modOrder, ORDER } from '../scalar.ts';

/** K1 = F_0, the commitments F_0..F_(t-1), 48 bytes each, and the n secret shares. Throws RangeError unless t > n/2. */
export function dealOpeningKey(
  backend: GroupBackend,
  { n, t }: { readonly n: number; readonly t: number },
  rng: Rng = secureRng,
): { readonly K1: Uint8Array; readonly commitments: readonly Uint8Array[]; readonly shares: readonly OpenerShare[] } {
  if (!isThreshold(n, t)) throw new RangeError(`dealOpeningKey: threshold ${t} of ${n}`);
  for (;;) {
    const kappa = randomScalar(ORDER, rng);
    const higher = Array.from({ length: t - 1 }, () => randomScalar(ORDER, rng));
    const coefficients = [kappa, ...higher];
    const values = Array.from({ length: n }, (_, i) =>
      coefficients.reduceRight((sum, coefficient) => modOrder(sum * BigInt(i + 1) + coefficient), 0n),
    );
    // A share of 0 would be its holder's undoing; it happens with probability n/r.
    if (values.includes(0n)) continue;
    const commit = (a: bigint): Uint8Array => backend.encodeG1(backend.mulSecret(backend.generators.G, a));
    const K1 = commit(kappa);
    const commitments = [K1, ...higher.map(commit)];
    return { K1, commitments, shares: values.map((value, i) => ({ index: i + 1, kappa: encodeScalar(value) })) };
  }
}
