/**
 * Eq 3 and 4: the blind join. The doctor's secret was born on the card; the bureau checks the proof and the doctor's own signature
 * over the join statement, registers Q and issues (A, e) for the epoch in force. Later epochs reach the doctor through their bundles.
 * @module
 */

import type { z } from 'zod';
import type { bureauApi } from '../../contract/bureau-api.ts';
import { MERGED_INTO } from '../../contract/doctor-classes.ts';
import { ImisError } from '../../contract/errors.ts';
import { fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import { encodeCredentialFile } from '../../crypto/groupsig/credential-file.ts';
import { checkJoin } from '../../crypto/groupsig/issuer.ts';
import { encodeJoinStatement, joinRecordHash } from '../../crypto/groupsig/join.ts';
import { verifyRawP256 } from '../../crypto/pki/ecdsa-signature.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { type Bureau, clerkOf, type RequestContext } from './bureau.ts';
import { registerCard, registeredBefore } from './card-register.ts';
import { issueChallenge } from './challenges.ts';
import { readCardKey } from './enrolment.ts';
import { checkCertificate, useChallenge } from './incoming.ts';

/** Cert_D out of a request, with ID_D and the key; CERT_ codes for another certificate. */
async function readDoctor(bureau: Bureau, base64: string, signal: AbortSignal): Promise<Certificate> {
  const certificate = parseCertificate(fromBase64(base64));
  await checkCertificate(bureau, certificate, ['doctor'], signal);
  return certificate;
}

/**
 * Enters the doctor's card and answers the nonce of its join, which is good for this card alone, and the card's own certificate (CVC, base64).
 * A card that comes again with the same keys gets what it got before. REQUEST_MALFORMED for a key that is not P-256.
 */
export async function beginJoin(
  bureau: Bureau,
  request: RequestContext,
  body: z.output<typeof bureauApi.joinChallenge.body>,
): Promise<z.output<typeof bureauApi.joinChallenge.answer>> {
  const certificate = await readDoctor(bureau, body.certificate, request.signal);
  const keys = {
    kind: 'doctor',
    holder: certificate.name.serialNumber ?? '',
    signingKey: certificate.spki,
    authenticationKey: readCardKey(body.authenticationKey),
  } as const;
  const about = { institution: bureau.keys.institution, pid: null, certificates: [], by: clerkOf(request) };
  const { card, authentication } =
    (await registeredBefore(bureau, keys, request.signal)) ??
    (await registerCard(bureau, { ...keys, ...about }, request.signal));
  const { challenge } = await issueChallenge(bureau, request, 'join', { subject: card.serial });
  return { nonce: challenge, authentication: toBase64(authentication) };
}

/**
 * Accepts a join; answers EF GCRED (crypto/groupsig/credential-file.ts), base64. MEMBER_PROOF_INVALID, MEMBER_EXISTS,
 * MEMBER_REVOKED.
 * The card maker's attestation is kept as it came and not checked: no card maker has a chain yet. Two joins at once cannot disturb each
 * other: each has its own nonce, and the register takes a Q once.
 */
export async function joinMember(
  bureau: Bureau,
  request: RequestContext,
  body: z.output<typeof bureauApi.join.body>,
): Promise<{ credential: string }> {
  const { group } = bureau.keys;
  const certificate = await readDoctor(bureau, body.certificate, request.signal);
  const doctorId = utf8(certificate.name.serialNumber ?? '');
  const answer = { Q: fromBase64(body.Q), c: fromBase64(body.c), z: fromBase64(body.z) };
  const expected = { pkh: group.key.pkh, doctorId, nonce: fromHex(body.nonce) };
  if (!checkJoin(group.backend, expected, answer))
    throw new ImisError('MEMBER_PROOF_INVALID', 'the proof of the secret does not hold');
  const statement = encodeJoinStatement({ ...expected, Q: answer.Q });
  const signature = fromBase64(body.signature);
  if (!verifyRawP256(certificate.spki, statement, signature)) {
    throw new ImisError('MEMBER_PROOF_INVALID', 'the doctor did not sign the join statement');
  }
  const card = await bureau.store.cardByKey(hex(keyIdentifier(certificate.spki)), request.signal);
  if (card === undefined) throw new ImisError('CHALLENGE_STALE', 'no join of this card was begun');
  await useChallenge(bureau, request, { challenge: body.nonce, type: 'join', subject: card.serial });
  const { epoch, classes } = await bureau.epochs.inForce(request.signal);
  const [primary] = body.doctorClasses;
  const classNumber = classes.find((row) => row.classNumber === primary)?.servedBy ?? MERGED_INTO;
  const attributes = { epoch, classNumber };
  const { issued, bundleKey } = await group.issuer.issue({ Q: answer.Q, ...attributes }, request.signal);
  const answered = await bureau.store.saveMember(
    {
      version: 1,
      type: 'group-member',
      institution: bureau.keys.institution,
      key_id: hex(group.key.pkh),
      q: hex(answer.Q),
      join_string: statement,
      proof_c: answer.c,
      proof_z: answer.z,
      signature,
      certificate: certificate.der,
      doctor_class: primary ?? classNumber,
      status: 'active',
      joined_at: bureau.clock.now(),
      doctor_id: certificate.name.serialNumber ?? '',
      attestation: fromBase64(body.attestation),
    },
    body.doctorClasses,
    hex(joinRecordHash({ J: statement, c: answer.c, z: answer.z, sigD: signature, certD: certificate.der })),
    card.serial,
    request.signal,
  );
  if (answered === 'exists') throw new ImisError('MEMBER_EXISTS', 'this secret is registered');
  if (answered === 'revoked') throw new ImisError('MEMBER_REVOKED', 'the doctor was revoked and not readmitted');
  return { credential: toBase64(encodeCredentialFile({ bundleKey, Q: answer.Q, issued, ...attributes })) };
}
