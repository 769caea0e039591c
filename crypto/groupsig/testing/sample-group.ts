/**
 * A small group for tests: issuer, 3-of-5 opener set, doctors joined through the card's own code, and a card in memory.
 * @module
 */
import type { AbortSignalLike } from '../../common/abort-signal-like.ts';
import { concat, utf8 } from '../../common/bytes.ts';
import { h256 } from '../../common/hash.ts';
import type { Rng } from '../../common/random.ts';
import type { GroupBackend } from '../backend.ts';
import { commitOnCard, joinOnCard, respondOnCard } from '../card-member.ts';
import { type Attributes, encodeContext, type SignatureContext } from '../context.ts';
import { decodeGroupKey, encodeGroupKey, type GroupKey } from '../group-key.ts';
import { issueCredential, setUpIssuer } from '../issuer.ts';
import { type Credential, loadCredential, type MemberCredential } from '../member-credential.ts';
import { decodeOpenerSet, encodeOpenerSet } from '../opener-set.ts';
import type { GroupCard } from '../sign-host.ts';
import { dealOpeningKey } from './dealer.ts';
import { seededRng } from './seeded-rng.ts';

/** The epoch and class of the sample doctors. */
export const TODAY: Attributes = { epoch: { day: 20_400, seq: 0 }, classNumber: 7 };

/** A well-formed ctx for a record on {@link TODAY}; fields may be replaced. */
export const sampleContext = (changes: Partial<SignatureContext> = {}): Uint8Array =>
  encodeContext({
    purpose: 'record',
    ...TODAY,
    aud: h256(utf8('bureau')),
    pid: h256(utf8('patient')).slice(0, 16),
    sid: h256(utf8('visit')).slice(0, 16),
    ...changes,
  });

/** H_M of a text. */
export const hashOf = (text: string): Uint8Array => h256(utf8(text));

/** A signal that never fires. */
export const neverAborted: AbortSignalLike = { aborted: false, throwIfAborted: () => {} };

/** A card in memory that erases a commitment before it answers. */
export function createMemoryCard(backend: GroupBackend, pkh: Uint8Array, sk: Uint8Array, rng: Rng): GroupCard {
  const open = new Map<string, { ks: Uint8Array; n: Uint8Array }>();
  let commitments = 0;
  return {
    commit: async () => {
      const { ks, n, N } = commitOnCard(backend, rng);
      const id = Uint8Array.of(++commitments);
      open.set(id.join(), { ks, n });
      return { id, N };
    },
    respond: async ({ id, head, hm, tx }) => {
      const commitment = open.get(id.join());
      open.delete(id.join());
      if (commitment === undefined) throw new Error('commitment unknown or used');
      return respondOnCard(backend, { pkh, sk, ...commitment, head, hm, tx });
    },
  };
}

/** Issues and loads the credential of a Q for other attributes. */
export function credentialFor(
  backend: GroupBackend,
  groupKey: GroupKey,
  secret: Uint8Array,
  Q: Uint8Array,
  attributes: Attributes,
): { readonly stored: Credential; readonly loaded: MemberCredential } {
  const stored = { Q, issued: issueCredential(backend, { secret, groupKey, Q, ...attributes }) };
  return { stored, loaded: loadCredential(backend, groupKey, stored, attributes) };
}

/** The group; everything in it follows from the seed except blinding. */
export function createSampleGroup(backend: GroupBackend, doctors: number, seed = 'sample group') {
  const rng = seededRng(seed);
  const issuer = setUpIssuer(backend, rng);
  const dealt = dealOpeningKey(backend, { n: 5, t: 3 }, rng);
  const groupKey = decodeGroupKey(backend, encodeGroupKey({ w: issuer.w, K1: dealt.K1, proof: issuer.proof }));
  const openerSet = decodeOpenerSet(
    backend,
    groupKey,
    encodeOpenerSet({ pkh: groupKey.pkh, version: 1, n: 5, t: 3, commitments: dealt.commitments }),
  );
  const members = Array.from({ length: doctors }, (_, i) => {
    const doctorId = utf8(`D${i}`);
    const joined = joinOnCard(backend, { pkh: groupKey.pkh, doctorId, nonce: rng(32) }, rng);
    const { stored, loaded } = credentialFor(backend, groupKey, issuer.secret, joined.Q, TODAY);
    const card = createMemoryCard(backend, groupKey.pkh, joined.sk, rng);
    return { doctorId, joined, stored, credential: loaded, card };
  });
  return { rng, issuer, dealt, groupKey, openerSet, members };
}

/** One array with a bit changed in byte `at`. */
export const flipped = (bytes: Uint8Array, at: number, mask = 1): Uint8Array =>
  concat(bytes.subarray(0, at), Uint8Array.of((bytes[at] ?? 0) ^ mask), bytes.subarray(at + 1));

/** The element of an array that a test knows is there. */
export function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`nothing at ${index}`);
  return item;
}
