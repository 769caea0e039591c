/**
 * Vectors of joining: the card's proof, the credential, the bundle that renews it, the file on the card.
 * @module
 */
import { concat, hex, uint, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { ENTRY_BYTES, findEntry, packBundle, sealEntry } from '../../crypto/groupsig/bundle.ts';
import { type Attributes, encodeAttributes } from '../../crypto/groupsig/context.ts';
import { encodeCredentialFile } from '../../crypto/groupsig/credential-file.ts';
import { bundleKeyOf } from '../../crypto/groupsig/issuer.ts';
import { encodeJoinStatement, joinChallenge } from '../../crypto/groupsig/join.ts';
import { encodeScalar, ORDER, scalarOfHash } from '../../crypto/groupsig/scalar.ts';
import { SCALAR_DST } from '../../crypto/groupsig/tags.ts';
import { compress, torsionPoints } from '../../crypto/groupsig/testing/odd-points.ts';
import { at, flipped } from '../../crypto/groupsig/testing/sample-group.ts';
import { seededRng } from '../../crypto/groupsig/testing/seeded-rng.ts';
import { plusOrder, replaced, vectorFile } from './vector-file.ts';
import { EARLY, IDENTITY, PHYSICIAN, type VectorGroup } from './vector-group.ts';

/** join.json */
export function makeJoins({ backend, doctors, seeded }: VectorGroup) {
  const point = (scalar: bigint): Uint8Array => backend.encodeG1(backend.mulSecret(backend.generators.h, scalar));
  const [first, second] = [at(doctors, 0), at(doctors, 1)];
  const { J, c, z } = first.joined;
  // sk = 0 and Q = O: every equation holds, so only the look at Q refuses it.
  const emptyJ = encodeJoinStatement({ ...first, Q: IDENTITY });
  const emptyC = joinChallenge(emptyJ, point(first.k));
  const torsion = compress(at(torsionPoints(seeded('join')), 0));
  const statement = (changes: object): Uint8Array => encodeJoinStatement({ ...first, Q: first.joined.Q, ...changes });
  const idAt = J.length - 80 - first.doctorId.length;
  const invalid: readonly { why: string; J: Uint8Array; c: Uint8Array; z: Uint8Array }[] = [
    { why: 'c changed', J, c: flipped(c, 31), z },
    { why: 'z changed', J, c, z: flipped(z, 31) },
    { why: 'c + r, not canonical', J, c: plusOrder(c, ORDER), z },
    { why: 'z + r, not canonical', J, c, z: plusOrder(z, ORDER) },
    { why: 'another nonce', J: statement({ nonce: second.nonce }), c, z },
    { why: 'another doctor', J: statement({ doctorId: second.doctorId }), c, z },
    { why: 'another group', J: statement({ pkh: flipped(first.pkh, 0) }), c, z },
    { why: "another doctor's Q", J: statement({ Q: second.joined.Q }), c, z },
    { why: 'Q is O with a proof that holds', J: emptyJ, c: encodeScalar(emptyC), z: encodeScalar(first.k) },
    { why: 'Q on the curve, outside G1', J: statement({ Q: torsion }), c, z },
  ];
  const malformed: readonly (readonly [string, Uint8Array])[] = [
    ['another tag', flipped(J, 1)],
    ['one byte short', J.slice(0, -1)],
    ['the length of the ID is one too many', replaced(J, idAt - 4, uint(first.doctorId.length + 1, 4))],
    ['nothing', new Uint8Array(0)],
  ];
  return vectorFile(
    'Joining: what the card answers to a nonce, and answers to be refused.',
    [
      'Q = sk*h, N = k*h; J = lp1("NHI-GSIG-V1-JOIN") ‖ pkh ‖ lp(ID) ‖ nonce ‖ Q; lp(x) = four length bytes, then x.',
      'c = H2S(J ‖ N, scalarDst.join of generators.json), z = k + c*sk mod r. The check: N = z*h - c*Q gives c again.',
    ],
    {
      cases: doctors.map(({ pkh, doctorId, nonce, k, joined }) => ({
        pkh: hex(pkh),
        id: hex(doctorId),
        nonce: hex(nonce),
        sk: hex(joined.sk),
        k: hex(encodeScalar(k)),
        Q: hex(joined.Q),
        J: hex(joined.J),
        N: hex(point(k)),
        c: hex(joined.c),
        z: hex(joined.z),
      })),
      invalidProofs: invalid.map((one) => ({ why: one.why, J: hex(one.J), c: hex(one.c), z: hex(one.z) })),
      malformedStatements: malformed.map(([why, bytes]) => ({ why, J: hex(bytes) })),
    },
  );
}

/** credential.json */
export function makeCredentials(group: VectorGroup) {
  const { backend, doctors, groupKey, issuer, credentialOf, seeded } = group;
  const [first, second, third] = [at(doctors, 0), at(doctors, 1), at(doctors, 2)];
  const issuing = { secret: issuer.secret, groupKey };
  const caseOf = (doctor: typeof first, attributes: Attributes) => {
    const bytes = encodeAttributes(attributes);
    const { issued, loaded } = credentialOf(doctor, attributes);
    const bundleKey = bundleKeyOf(issuing, doctor.joined.Q);
    const entry = sealEntry(bundleKey, { pkh: groupKey.pkh, attributes: bytes }, issued);
    return {
      Q: hex(doctor.joined.Q),
      ...attributes,
      attributes: hex(bytes),
      epochScalar: hex(encodeScalar(scalarOfHash(bytes.subarray(0, 6), SCALAR_DST.epoch))),
      classScalar: hex(encodeScalar(scalarOfHash(bytes.subarray(6), SCALAR_DST.class))),
      B: hex(groupKey.baseOf(bytes).encoded),
      e: hex(issued.slice(48)),
      A: hex(issued.slice(0, 48)),
      d0: hex(backend.encodeG1(loaded.d0)),
      bundleKey: hex(bundleKey),
      entry: hex(entry),
    };
  };
  const { issued } = credentialOf(first, PHYSICIAN);
  const { Q } = first.joined;
  const torsion = compress(at(torsionPoints(seeded('credential')), 0));
  const invalid: readonly { why: string; Q: Uint8Array; issued: Uint8Array; attributes: Attributes }[] = [
    { why: 'another epoch', Q, issued, attributes: { ...PHYSICIAN, epoch: EARLY.epoch } },
    { why: 'another class', Q, issued, attributes: { ...PHYSICIAN, classNumber: 2 } },
    { why: "another doctor's Q", Q: second.joined.Q, issued, attributes: PHYSICIAN },
    { why: 'e changed', Q, issued: flipped(issued, 79), attributes: PHYSICIAN },
    {
      why: 'e + r, not canonical',
      Q,
      issued: concat(issued.slice(0, 48), plusOrder(issued.slice(48), ORDER)),
      attributes: PHYSICIAN,
    },
    { why: 'A negated', Q, issued: flipped(issued, 0, 0x20), attributes: PHYSICIAN },
    { why: 'A is O', Q, issued: replaced(issued, 0, IDENTITY), attributes: PHYSICIAN },
    { why: 'A on the curve, outside G1', Q, issued: replaced(issued, 0, torsion), attributes: PHYSICIAN },
    { why: 'Q is O', Q: IDENTITY, issued, attributes: PHYSICIAN },
    { why: 'one byte short', Q, issued: issued.slice(0, -1), attributes: PHYSICIAN },
  ];
  return vectorFile(
    'Credentials of an epoch and class, credentials to be refused, and the bundle of a class with two members.',
    [
      'B = g1 + epochScalar*hEpoch + classScalar*hClass, scalars by H2S of day(4) ‖ seq(2) and class(2); attributes = those eight bytes.',
      'e = H2S(issuerKey ‖ pkh ‖ attributes ‖ Q, scalarDst.credential); A = (B + Q)/(gamma + e); d0 = gamma*A = B + Q - e*A; issued = A ‖ e.',
      'The check: e(A, w + e*g2) = e(B + Q, g2), A and Q not O. gamma, w and pkh are those of generators.json.',
      'bundleKey = HMAC-SHA-256(issuerKey, lp1(prefix.bundleKey) ‖ pkh ‖ Q).',
      'entry = HMAC-SHA-256(bundleKey, "lbl" ‖ pkh ‖ attributes)[0..16) ‖ (issued XOR HKDF-Expand-SHA-256(bundleKey, "pad" ‖ pkh ‖ attributes, 80)).',
      'A bundle is its entries and random ones up to a multiple of 4,096, sorted as bytes. Here random entry number i (from 0) is',
      'expand_message_xmd(SHA-256, fillSeed ‖ i as four bytes, "IMIS-TEST-RNG", 96).',
    ],
    {
      gamma: hex(issuer.secret.slice(0, 32)),
      issuerKey: hex(issuer.secret.slice(32)),
      pkh: hex(groupKey.pkh),
      cases: [caseOf(first, PHYSICIAN), caseOf(second, PHYSICIAN), caseOf(first, EARLY), caseOf(third, EARLY)],
      invalid: invalid.map((one) => ({ why: one.why, Q: hex(one.Q), issued: hex(one.issued), ...one.attributes })),
      bundle: bundleOf(group),
    },
  );
}

/** Doctors 1 and 2 are in it; doctor 3 is not, as a revoked one would not be. */
function bundleOf({ doctors, groupKey, issuer, credentialOf }: VectorGroup) {
  const place = { pkh: groupKey.pkh, attributes: encodeAttributes(PHYSICIAN) };
  const keyOf = (Q: Uint8Array): Uint8Array => bundleKeyOf({ secret: issuer.secret, groupKey }, Q);
  const entries = doctors.slice(0, 2).map((doctor) => {
    const { issued } = credentialOf(doctor, PHYSICIAN);
    return sealEntry(keyOf(doctor.joined.Q), place, issued);
  });
  const fillSeed = 'NHI-GSIG-V1 bundle fill';
  const bundle = packBundle(entries, seededRng(fillSeed));
  return {
    ...PHYSICIAN,
    fillSeed: hex(utf8(fillSeed)),
    entries: bundle.length / ENTRY_BYTES,
    first: hex(bundle.slice(0, ENTRY_BYTES)),
    last: hex(bundle.slice(-ENTRY_BYTES)),
    hash: hex(h256(bundle)),
    lookups: doctors.map(({ joined }) => {
      const found = findEntry(bundle, keyOf(joined.Q), place);
      return { bundleKey: hex(keyOf(joined.Q)), issued: found === undefined ? null : hex(found) };
    }),
  };
}

/** credential-file.json */
export function makeCredentialFiles({ doctors, groupKey, issuer, credentialOf }: VectorGroup) {
  const cases = [
    { doctor: at(doctors, 0), attributes: PHYSICIAN },
    { doctor: at(doctors, 2), attributes: EARLY },
  ].map(({ doctor, attributes }) => {
    const { Q } = doctor.joined;
    const { issued } = credentialOf(doctor, attributes);
    const bundleKey = bundleKeyOf({ secret: issuer.secret, groupKey }, Q);
    return {
      bundleKey,
      Q,
      issued,
      ...attributes,
      encoded: encodeCredentialFile({ bundleKey, Q, issued, ...attributes }),
    };
  });
  const { encoded } = at(cases, 0);
  const invalid: readonly (readonly [string, Uint8Array])[] = [
    ['version 1', replaced(encoded, 0, Uint8Array.of(1))],
    ['one byte short', encoded.slice(0, -1)],
    ['padding that is not zero', concat(encoded, Uint8Array.of(0, 1))],
    ['an empty file', new Uint8Array(0)],
  ];
  return vectorFile(
    'EF GCRED of the doctor card, and files to be refused.',
    [
      'encoded = 02 ‖ bundleKey(32) ‖ day(4) ‖ seq(2) ‖ class(2) ‖ Q(48) ‖ A(48) ‖ e(32), 169 bytes; further bytes of the file are zero.',
      'The decoder does not look at points and scalars: loading the credential does (credential.json).',
    ],
    {
      cases: cases.map(({ bundleKey, Q, issued, epoch, classNumber, encoded: file }) => ({
        bundleKey: hex(bundleKey),
        epoch,
        classNumber,
        Q: hex(Q),
        issued: hex(issued),
        encoded: hex(file),
      })),
      invalid: invalid.map(([why, bytes]) => ({ why, encoded: hex(bytes) })),
    },
  );
}
