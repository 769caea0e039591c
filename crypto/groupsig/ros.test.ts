/**
 * The ROS attack (Benhamouda, Lepoint, Loss, Orru, Raykova, EUROCRYPT 2021) against many open commitments of one card: it needs every possible
 * challenge before it asks for one answer, and the card's own n keeps them unknown.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, utf8 } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';
import type { GroupBackend } from './backend.ts';
import { createMclBackend } from './backend-mcl.ts';
import { commitOnCard, respondOnCard } from './card-member.ts';
import { decodeScalar, encodeScalar, inverse, modOrder } from './scalar.ts';
import { hashOf, sampleContext } from './testing/sample-group.ts';
import { seededRng } from './testing/seeded-rng.ts';
import { challengeOf, challengeScalar } from './transcript.ts';

const COMMITMENTS = 255;
const sk = 0x1234567890abcdefn;
const pkh = hashOf('a group');
const head = sampleContext().slice(0, 8);
const hm = hashOf('a message');

let backend: GroupBackend;
beforeAll(async () => {
  backend = await createMclBackend();
});

const challenge = (n: Uint8Array, tx: Uint8Array): bigint =>
  challengeScalar(challengeOf({ pkh, n, head, messageHash: hm, tx }));
/** The transcript hash stands for everything else a host puts in. */
const transcript = (N: Uint8Array, choice: string): Uint8Array => h256(N, utf8(choice));

/** Asks for 255 answers and returns whether the 256th, which nobody gave, verifies. `guess` is what the attacker takes for a commitment's n. */
function attack(guess: (n: Uint8Array) => Uint8Array): boolean {
  const { h } = backend.generators;
  const rng = seededRng('ros');
  const Q = backend.mul(h, sk);
  const commitments = Array.from({ length: COMMITMENTS }, () => commitOnCard(backend, rng));
  // For each commitment two transcripts; f_i is the line through (c_i0, 0) and (c_i1, 1), and rho the sum of 2^i f_i.
  const lines = commitments.map(({ N, n }, i) => {
    const [tx0, tx1] = [transcript(N, 'zero'), transcript(N, 'one')];
    const [c0, c1] = [challenge(guess(n), tx0), challenge(guess(n), tx1)];
    const slope = modOrder(2n ** BigInt(i) * inverse(c1 - c0));
    return { tx: [tx0, tx1] as const, slope, constant: modOrder(-slope * c0) };
  });
  const points = commitments.map(({ N }) => {
    const point = backend.decodeG1(N);
    if (point === undefined) throw new Error('N does not decode');
    return point;
  });
  const constant = modOrder(lines.reduce((sum, line) => sum + line.constant, 0n));
  const slopes = lines.map(({ slope }) => slope);
  // R* = sum slope_i*N_i - constant*Q
  const R = backend.msm([...points, Q], [...slopes, modOrder(-constant)]);
  const forgedTx = transcript(backend.encodeG1(R), 'never asked');
  const forgedN = rng(16);
  const forged = challenge(forgedN, forgedTx);
  // Bit i of the forged challenge says which of the two transcripts to have answered.
  const answers = commitments.map(({ ks, n }, i) => {
    const tx = lines[i]?.tx[(forged >> BigInt(i)) & 1n ? 1 : 0];
    if (tx === undefined) throw new Error('no transcript');
    const { zs } = respondOnCard(backend, { pkh, sk: encodeScalar(sk), ks, n, head, hm, tx });
    const answer = decodeScalar(zs);
    if (answer === undefined) throw new Error('answer out of range');
    return answer;
  });
  const s = modOrder(answers.reduce((sum, answer, i) => sum + answer * (slopes[i] ?? 0n), 0n));
  const N = backend.encodeG1(backend.msm([h, Q], [s, modOrder(-forged)]));
  return challenge(forgedN, transcript(N, 'never asked')) === forged;
}

describe('ROS with 255 stored commitments', () => {
  it('forges where n is known before the answer', () => {
    expect(attack((n) => n)).toBe(true);
  });

  it('fails against the card, whose n comes with the answer', () => {
    expect(attack((n) => h256(concat(utf8('guess'), n)).slice(0, 16))).toBe(false);
    expect(attack(() => new Uint8Array(16))).toBe(false);
  });
});
