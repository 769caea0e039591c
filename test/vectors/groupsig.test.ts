/**
 * The vector files: every backend makes them anew, and the product's own decoders and checks take and refuse what they say.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { bigintOf } from '../../crypto/common/hash.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { verifyBatch } from '../../crypto/groupsig/batch.ts';
import { findEntry, isBundle } from '../../crypto/groupsig/bundle.ts';
import { combineShares } from '../../crypto/groupsig/combine.ts';
import { decodeContext, encodeAttributes } from '../../crypto/groupsig/context.ts';
import { decodeCredentialFile } from '../../crypto/groupsig/credential-file.ts';
import { decodeEpochHead, linkEpochHeads } from '../../crypto/groupsig/epoch-head.ts';
import { decodeGroupKey, type GroupKey } from '../../crypto/groupsig/group-key.ts';
import { checkJoin, issueBundle } from '../../crypto/groupsig/issuer.ts';
import { decodeJoinStatement, isJoinProofValid } from '../../crypto/groupsig/join.ts';
import { judge } from '../../crypto/groupsig/judge.ts';
import { loadCredential } from '../../crypto/groupsig/member-credential.ts';
import { loadNativeBackend } from '../../crypto/groupsig/node/load-native.ts';
import { nativeBackendForTests } from '../../crypto/groupsig/node/testing/native-backend.ts';
import { openPartially } from '../../crypto/groupsig/open.ts';
import { decodeOpenerSet } from '../../crypto/groupsig/opener-set.ts';
import type { OpeningCase } from '../../crypto/groupsig/opening-share.ts';
import { messageId } from '../../crypto/groupsig/signature.ts';
import { BACKENDS } from '../../crypto/groupsig/testing/every-backend.ts';
import { proveOpenly } from '../../crypto/groupsig/testing/open-prover.ts';
import { at, neverAborted } from '../../crypto/groupsig/testing/sample-group.ts';
import { verifyInG1, verifySignature } from '../../crypto/groupsig/verify.ts';
import { type GroupSigVectors, makeGroupSigVectors, VECTOR_FOLDER } from './make-groupsig-vectors.ts';
import { scripted } from './vector-file.ts';

const native = nativeBackendForTests();
const ALL = native === undefined ? BACKENDS : [...BACKENDS, { name: native.name, create: async () => native }];

const refusal = (code: string, index?: number | null) =>
  expect.objectContaining({ name: 'GroupSigError', code, ...(typeof index === 'number' ? { index } : {}) });
const scalar = (text: string): bigint => bigintOf(fromHex(text));

/** A file as another implementer reads it; that it has the form of what the makers give is the first test. */
const load = <K extends keyof GroupSigVectors>(name: K): GroupSigVectors[K] =>
  JSON.parse(readFileSync(join(VECTOR_FOLDER, `${name}.json`), 'utf8')) as GroupSigVectors[K];

it('runs over the native backend exactly where it is built', () => {
  expect(native?.name).toBe(loadNativeBackend().backend?.name);
});

describe.each(ALL)('test vectors over $name', ({ create }) => {
  let backend: GroupBackend;
  let key: GroupKey;
  const file = load('signature');
  const first = at(file.cases, 0);
  const itemOf = (one: { readonly ctx?: string; readonly messageHash?: string; readonly signature?: string }) => ({
    ctx: fromHex(one.ctx ?? first.ctx),
    messageHash: fromHex(one.messageHash ?? first.messageHash),
    signature: fromHex(one.signature ?? first.signature),
  });
  beforeAll(async () => {
    backend = await create();
    key = decodeGroupKey(backend, fromHex(load('generators').groupKey.encoded));
  });

  it('are the committed files', async () => {
    const made = await makeGroupSigVectors(backend);
    expect(readdirSync(VECTOR_FOLDER).sort()).toEqual(
      Object.keys(made)
        .map((name) => `${name}.json`)
        .sort(),
    );
    for (const [name, content] of Object.entries(made)) {
      const committed: unknown = JSON.parse(readFileSync(join(VECTOR_FOLDER, `${name}.json`), 'utf8'));
      expect(committed, `${name}.json: node scripts/write-vectors.ts`).toEqual(content);
    }
  });

  it('hold for the group key and for opener sets', () => {
    const { groupKey, invalidGroupKeys, generators } = load('generators');
    expect(hex(key.pkh)).toBe(groupKey.pkh);
    for (const { name, dst, point } of generators) {
      expect(hex(backend.encodeG1(backend.hashToG1(new Uint8Array(0), utf8(dst)))), name).toBe(point);
    }
    for (const { why, encoded } of invalidGroupKeys) {
      expect(() => decodeGroupKey(backend, fromHex(encoded)), why).toThrow(refusal('GROUP_KEY_INVALID'));
    }
    const sets = load('opener-set');
    for (const { version, n, t, encoded, hash, K } of sets.cases) {
      const set = decodeOpenerSet(backend, key, fromHex(encoded));
      expect({ version: set.version, n: set.n, t: set.t, hash: hex(set.hash) }).toEqual({ version, n, t, hash });
      expect(K.map((_, i) => hex(backend.encodeG1(set.shareKey(i + 1))))).toEqual(K);
    }
    for (const { why, encoded } of sets.invalid) {
      expect(() => decodeOpenerSet(backend, key, fromHex(encoded)), why).toThrow(refusal('OPENER_SET_INVALID'));
    }
  });

  it('hold for joins', () => {
    const { cases, invalidProofs, malformedStatements } = load('join');
    for (const { J, c, z, Q, ...expected } of cases) {
      const proof = { J: fromHex(J), c: fromHex(c), z: fromHex(z) };
      expect(isJoinProofValid(backend, proof)).toBe(true);
      expect(hex(decodeJoinStatement(proof.J).doctorId)).toBe(expected.id);
      const { pkh, nonce, id } = expected;
      const asked = { pkh: fromHex(pkh), nonce: fromHex(nonce), doctorId: fromHex(id) };
      expect(checkJoin(backend, asked, { Q: fromHex(Q), c: proof.c, z: proof.z })).toBe(true);
    }
    for (const { why, J, c, z } of invalidProofs) {
      expect(isJoinProofValid(backend, { J: fromHex(J), c: fromHex(c), z: fromHex(z) }), why).toBe(false);
    }
    for (const { why, J } of malformedStatements) {
      expect(() => decodeJoinStatement(fromHex(J)), why).toThrow(refusal('JOIN_INVALID'));
    }
  });

  it('hold for credentials, bundles and card files', () => {
    const { cases, invalid, gamma, issuerKey, bundle } = load('credential');
    for (const { Q, A, e, epoch, classNumber, d0 } of cases) {
      const stored = { Q: fromHex(Q), issued: fromHex(A + e) };
      expect(hex(backend.encodeG1(loadCredential(backend, key, stored, { epoch, classNumber }).d0))).toBe(d0);
    }
    for (const { why, Q, issued, epoch, classNumber } of invalid) {
      const stored = { Q: fromHex(Q), issued: fromHex(issued) };
      expect(() => loadCredential(backend, key, stored, { epoch, classNumber }), why).toThrow(
        refusal('CREDENTIAL_INVALID'),
      );
    }
    const secret = fromHex(gamma + issuerKey);
    const members = load('join').cases.map(({ Q }) => fromHex(Q));
    const { epoch, classNumber, lookups } = bundle;
    const place = { pkh: key.pkh, attributes: encodeAttributes({ epoch, classNumber }) };
    const issued = issueBundle(backend, { secret, groupKey: key, epoch, classNumber, members: members.slice(0, 2) });
    expect(isBundle(issued)).toBe(true);
    for (const { bundleKey, issued: expected } of lookups) {
      const found = findEntry(issued, fromHex(bundleKey), place);
      expect(found === undefined ? null : hex(found)).toBe(expected);
    }
    const files = load('credential-file');
    for (const { encoded, bundleKey, Q, issued: one, ...attributes } of files.cases) {
      const padded = concat(fromHex(encoded), new Uint8Array(9));
      const expected = { bundleKey: fromHex(bundleKey), Q: fromHex(Q), issued: fromHex(one), ...attributes };
      expect(decodeCredentialFile(padded)).toEqual(expected);
    }
    for (const { why, encoded } of files.invalid) {
      expect(() => decodeCredentialFile(fromHex(encoded)), why).toThrow(refusal('CREDENTIAL_INVALID'));
    }
  });

  it('hold for contexts and epoch heads', () => {
    const contexts = load('context');
    for (const { ctx, aud, pid, sid, ...rest } of contexts.cases) {
      const expected = { ...rest, aud: fromHex(aud), pid: fromHex(pid), sid: fromHex(sid) };
      expect(decodeContext(fromHex(ctx))).toEqual(expected);
    }
    for (const { why, ctx } of contexts.invalid) {
      expect(() => decodeContext(fromHex(ctx)), why).toThrow(refusal('CONTEXT_INVALID'));
    }
    const heads = load('epoch-head');
    for (const { encoded, hash, epoch, emergency, notAfter } of heads.cases) {
      const head = decodeEpochHead(fromHex(encoded));
      expect({ ...head, hash: hex(head.hash) }).toMatchObject({ hash, epoch, emergency, notAfter });
    }
    for (const { why, encoded } of heads.invalid) {
      expect(() => decodeEpochHead(fromHex(encoded)), why).toThrow(refusal('EPOCH_HEAD_INVALID'));
    }
    expect(linkEpochHeads(heads.chain.map(fromHex), key.pkh).map(({ hash }) => hex(hash))).toEqual(
      heads.cases.map(({ hash }) => hash),
    );
    for (const { why, chain } of heads.invalidChains) {
      expect(() => linkEpochHeads(chain.map(fromHex), key.pkh), why).toThrow(refusal('EPOCH_HEAD_INVALID'));
    }
  });

  it('hold for signatures, also by a prover that was written apart', () => {
    expect(file.groupKey).toBe(hex(key.encoded));
    for (const one of file.cases) {
      const { ctx, messageHash, signature } = itemOf(one);
      expect(verifySignature(backend, key, ctx, messageHash, signature), one.name).toBe(true);
      expect(hex(messageId(ctx, messageHash, signature))).toBe(one.messageId);
      const { r, rho, ks, kr, ke, krho, n } = one.oneTime;
      const script = scripted(...[r, rho, ks, kr, ke, krho].map(scalar), fromHex(n));
      const A = backend.decodeG1(fromHex(one.credential.A));
      if (A === undefined) throw new Error('A does not decode');
      const witness = { sk: scalar(one.credential.sk), A, e: scalar(one.credential.e) };
      expect(hex(proveOpenly(backend, key, ctx, messageHash, witness, script)), one.name).toBe(one.signature);
    }
    const variant = fromHex(file.variant);
    const { ctx, messageHash } = itemOf(first);
    expect(variant).not.toEqual(fromHex(first.signature));
    expect(verifySignature(backend, key, ctx, messageHash, variant)).toBe(true);
    expect(hex(messageId(ctx, messageHash, variant))).toBe(first.messageId);
  });

  it('hold for what is no signature, and at the stage they name', () => {
    for (const one of file.invalid) {
      const { ctx, messageHash, signature } = itemOf(one);
      expect(verifySignature(backend, key, ctx, messageHash, signature), one.why).toBe(false);
      // A backend with a verifier of its own must say the same step by step.
      if (key.prepared !== undefined)
        expect(verifySignature(backend, { ...key, prepared: undefined }, ctx, messageHash, signature), one.why).toBe(
          false,
        );
      const reached = one.stage === 'form' ? undefined : verifyInG1(key, ctx, messageHash, signature);
      expect(reached !== undefined, one.why).toBe(one.stage === 'pairing');
    }
    const items = [...file.cases, ...file.invalid].map(itemOf);
    expect(verifyBatch(backend, key, items)).toEqual(items.map((_, i) => i < file.cases.length));
  });

  it('hold for openings', async () => {
    const { ctx, messageHash, signature, variant, openerSet, orderHash, ...rest } = load('opening');
    const opening: OpeningCase = {
      groupKey: key,
      openerSet: decodeOpenerSet(backend, key, fromHex(openerSet)),
      orderHash: fromHex(orderHash),
      ...itemOf({ ctx, messageHash, signature }),
    };
    const shareOf = (index: number): Uint8Array => fromHex(at(rest.shares, index - 1).share);
    const record = {
      J: fromHex(rest.join.J),
      c: fromHex(rest.join.c),
      z: fromHex(rest.join.z),
      sigD: new Uint8Array(0),
      certD: new Uint8Array(0),
    };
    const sources = {
      lookUp: async (Q: Uint8Array) => (hex(Q) === hex(record.J.slice(-48)) ? record : undefined),
      isRecordAuthentic: async () => true,
    };
    for (const { indices, Q } of rest.combinations) {
      const shares = indices.map(shareOf);
      expect(hex(combineShares(backend, opening, shares))).toBe(Q);
      expect(hex(combineShares(backend, { ...opening, signature: fromHex(variant) }, shares))).toBe(Q);
      const verdict = await judge(backend, opening, shares, sources, neverAborted);
      expect(verdict).toMatchObject({ blame: 'doctor', doctorId: fromHex(rest.join.id) });
    }
    for (const { why, code, index, shares } of rest.refused) {
      expect(() => combineShares(backend, opening, shares.map(fromHex)), why).toThrow(refusal(code, index));
    }
    for (const { why, code, index, kappa } of rest.refusedOpeners) {
      expect(() => openPartially(backend, opening, { index, kappa: fromHex(kappa) }), why).toThrow(
        refusal(code, index),
      );
    }
  });
});
