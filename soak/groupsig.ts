/**
 * Every backend of the group signature against every other, for minutes: decoding, products and whole verifications on inputs made to differ.
 *
 *   npm run soak -- groupsig [--rounds 10]
 * @module
 */
import { hex, utf8 } from '../crypto/common/bytes.ts';
import { h256 } from '../crypto/common/hash.ts';
import { randomScalar, secureRng } from '../crypto/common/random.ts';
import type { GroupBackend, SignedItem } from '../crypto/groupsig/backend.ts';
import { verifyBatch } from '../crypto/groupsig/batch.ts';
import { decodeGroupKey } from '../crypto/groupsig/group-key.ts';
import { loadNativeBackend } from '../crypto/groupsig/node/load-native.ts';
import { ORDER } from '../crypto/groupsig/scalar.ts';
import { signWithCard } from '../crypto/groupsig/sign-host.ts';
import { EDGE_SCALARS } from '../crypto/groupsig/testing/edge-scalars.ts';
import { BACKENDS } from '../crypto/groupsig/testing/every-backend.ts';
import { createOddPoints } from '../crypto/groupsig/testing/odd-points.ts';
import { createOddSignatures } from '../crypto/groupsig/testing/odd-signatures.ts';
import { at, createSampleGroup, neverAborted, sampleContext } from '../crypto/groupsig/testing/sample-group.ts';
import { verifySignature } from '../crypto/groupsig/verify.ts';

/** One round takes some 25 s, nearly all of it the independent backend's. */
const EACH = { points: 10_000, products: 50, signatures: 300 } as const;

const place = process.argv.indexOf('--rounds');
const rounds = place < 0 ? 10 : Number(process.argv[place + 1]);
if (!Number.isSafeInteger(rounds) || rounds < 1) {
  console.error('usage: npm run soak -- groupsig [--rounds N]');
  process.exit(2);
}

const load = loadNativeBackend();
if (load.backend === undefined) console.log(`without the native backend: ${load.reason}`);
const backends: readonly GroupBackend[] = [
  ...(await Promise.all(BACKENDS.map(({ create }) => create()))),
  ...(load.backend === undefined ? [] : [load.backend]),
];
const counts = new Map<string, number>();
const disagreements: string[] = [];

/** Asks all; notes what was asked when they differ, and what the answer should have been where that is known. */
function compare(kind: string, input: string, ask: (backend: GroupBackend) => string, expected?: string): void {
  const answers = backends.map((backend) => ask(backend));
  const [first = ''] = answers;
  const wanted = expected ?? first;
  const key = `${kind}: ${first.length > 8 ? 'a value' : first}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
  if (answers.every((answer) => answer === wanted)) return;
  const said = backends.map(({ name }, i) => `${name} ${answers[i]}`).join(', ');
  disagreements.push(`${kind} ${input}: ${said}${expected === undefined ? '' : `, expected ${expected}`}`);
}

function comparePoints(mcl: GroupBackend): void {
  const valid = Array.from({ length: 32 }, () => mcl.encodeG1(mcl.mul(mcl.generators.h, randomScalar(ORDER))));
  const next = createOddPoints(secureRng, valid);
  for (let i = 0; i < EACH.points; i++) {
    const { kind, bytes } = next();
    compare(`G1 ${kind}`, hex(bytes), (backend) => {
      const point = backend.decodeG1(bytes);
      if (point === undefined) return 'refused';
      return hex(backend.encodeG1(point)) === hex(bytes) ? 'taken' : 'changed';
    });
  }
}

function compareProducts(): void {
  for (let i = 0; i < EACH.products; i++) {
    const a = randomScalar(ORDER);
    const b = i % 2 === 0 ? at(EDGE_SCALARS, i % EDGE_SCALARS.length) : randomScalar(ORDER);
    compare('product', `${a} ${b}`, (backend) => {
      const { h, G } = backend.generators;
      const product = backend.mul(h, (a * b) % ORDER);
      const key = backend.mulG2(backend.g2, b);
      const pairs = backend.pairsToOne(backend.prepareBase(h).mul(a), key, backend.neg(product));
      const sum = backend.msm([h, G, backend.mulSecret(G, a)], [a, b, b]);
      return `${hex(backend.encodeG1(sum))} ${hex(backend.encodeG2(key))} ${pairs}`;
    });
  }
}

async function compareSignatures(mcl: GroupBackend, round: number): Promise<void> {
  const group = createSampleGroup(mcl, 3, hex(secureRng(16)));
  const { groupKey } = group;
  const good: SignedItem[] = [];
  for (let i = 0; i < 9; i++) {
    const { credential, card } = at(group.members, i % 3);
    const [ctx, messageHash] = [sampleContext({ sid: secureRng(16) }), h256(utf8(`${round} ${i}`))];
    const signed = { backend: mcl, groupKey, credential, ctx, messageHash, card, signal: neverAborted };
    good.push({ ctx, messageHash, signature: await signWithCard(signed) });
  }
  const keys = new Map(backends.map((backend) => [backend, decodeGroupKey(backend, groupKey.encoded)]));
  const keyOf = (backend: GroupBackend) => keys.get(backend) ?? decodeGroupKey(backend, groupKey.encoded);
  const next = createOddSignatures(secureRng, good);
  const all = Array.from({ length: EACH.signatures }, () => next());
  for (const { kind, item, good: expected } of all) {
    compare(
      `signature ${kind}`,
      [item.ctx, item.messageHash, item.signature].map(hex).join(' '),
      (backend) => {
        const { ctx, messageHash, signature } = item;
        const key = keyOf(backend);
        const whole = verifySignature(backend, key, ctx, messageHash, signature);
        // A backend with a verifier of its own must say the same step by step.
        const steps =
          key.prepared === undefined
            ? whole
            : verifySignature(backend, { ...key, prepared: undefined }, ctx, messageHash, signature);
        return steps === whole ? `${whole}` : 'two answers';
      },
      `${expected}`,
    );
  }
  const items = all.map(({ item }) => item);
  const verdicts = all.map(({ good: expected }) => (expected ? '1' : '0')).join('');
  compare(
    'batch',
    `of round ${round}`,
    (backend) =>
      verifyBatch(backend, keyOf(backend), items)
        .map((verdict) => (verdict ? '1' : '0'))
        .join(''),
    verdicts,
  );
}

const started = performance.now();
for (let round = 1; round <= rounds; round++) {
  const mcl = at(backends, 0);
  comparePoints(mcl);
  compareProducts();
  await compareSignatures(mcl, round);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`round ${round} of ${rounds}: ${seconds} s, ${disagreements.length} disagreements so far`);
}
for (const [key, count] of [...counts].sort(([a], [b]) => a.localeCompare(b))) console.log(`${count}\t${key}`);
for (const disagreement of disagreements) console.error(disagreement);
const names = backends.map(({ name }) => name);
console.log(JSON.stringify({ soak: 'groupsig', backends: names, rounds, disagreements: disagreements.length }));
process.exit(disagreements.length === 0 ? 0 : 1);
