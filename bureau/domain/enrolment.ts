/**
 * Eq 1 and 2: an application signed with the patient's civil key; certificates for the keys that were born on the card, which enters the register.
 * Somebody the bureau knows already keeps the pseudonym: a new card, the same PID_P.
 * @module
 */

import type { z } from 'zod';
import { bureauApi } from '../../contract/bureau-api.ts';
import { dayAfter } from '../../contract/calendar.ts';
import { ImisError } from '../../contract/errors.ts';
import { CardApplication } from '../../contract/messages.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import type { CertificateSubject } from '../../crypto/pki/certificate-subject.ts';
import { issueCertificate } from '../../crypto/pki/issue-certificate.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier, p256Point } from '../../crypto/pki/public-key.ts';
import { answerOf, earlierAnswer, personalId, refuseReuse, requestHash } from './acceptance.ts';
import { type Bureau, clerkOf, type RequestContext } from './bureau.ts';
import { cardEnd, registerCard } from './card-register.ts';
import { identityTag, sealIdentity } from './identities.ts';
import { evidenceOf, openSealed, verifyPersonal, witnessed } from './incoming.ts';
import { bureauHead } from './outgoing.ts';

/** Issues a certificate of the bureau's authority and enters it in the register. */
export async function issueAndRegister(
  bureau: Bureau,
  subject: CertificateSubject,
  spki: Uint8Array,
  about: { readonly institution: string; readonly pid: string | null },
  signal: AbortSignal,
): Promise<Certificate> {
  const { ca } = bureau.keys;
  const now = bureau.clock.now();
  // A minute back: a desk whose clock is a little slow must not find the new card "not yet valid".
  const request = {
    subject,
    spki,
    notBefore: now - 60_000,
    notAfter: cardEnd(bureau, now),
  };
  const der = await issueCertificate(request, { signer: ca.signer, certificate: ca.certificate.der }, signal);
  const certificate = parseCertificate(der);
  await bureau.store.saveCertificates(
    [
      {
        version: 1,
        type: subject.kind,
        institution: about.institution,
        key_id: hex(keyIdentifier(spki)),
        serial: certificate.serial,
        pid: about.pid,
        der,
        issued_at: now,
        revoked_at: null,
      },
    ],
    signal,
  );
  return certificate;
}

/** SubjectPublicKeyInfo of a P-256 key; REQUEST_MALFORMED otherwise. */
export function readCardKey(base64: string): Uint8Array {
  const spki = fromBase64(base64);
  if (p256Point(spki) === undefined) throw new ImisError('REQUEST_MALFORMED', 'not a P-256 key');
  return spki;
}

/** Accepts an application; answers the pseudonym, both certificates (DER) and the card's own (CVC), base64. */
export async function enrolPatient(
  bureau: Bureau,
  request: RequestContext,
  message: string,
): Promise<z.output<typeof bureauApi.application.answer>> {
  const { keys, store, clock, policy } = bureau;
  const parsed = await openSealed(bureau, message, request.signal);
  return witnessed(bureau, request, { equation: '1', parsed }, async () => {
    // Answered again, never carried out again: a replayed application must not certify anew the keys of a card that was lost since.
    const id = personalId(parsed);
    const hash = requestHash(message);
    const earlier = await earlierAnswer(bureau, request, {
      id,
      hash,
      type: 'card-application',
      answer: bureauApi.application.answer,
    });
    if (earlier !== undefined) return earlier;
    const { payload, signer } = await verifyPersonal(bureau, request, parsed, {
      type: 'card-application',
      schema: CardApplication,
      kinds: ['civil'],
    });
    await refuseReuse(bureau, id, request.signal);
    const { person } = payload;
    if (signer.name.serialNumber !== person.nationalId || signer.name.commonName !== person.name) {
      throw new ImisError('CERT_SWAPPED', 'the application is for somebody else than its signer');
    }
    const [signingKey, decryptionKey, authenticationKey] = [
      readCardKey(payload.signingKey),
      readCardKey(payload.decryptionKey),
      readCardKey(payload.authenticationKey),
    ];
    const tag = identityTag(keys.identity.tagKey, person.nationalId);
    const known = await store.personByTag(tag, request.signal);
    const pid = known?.pid ?? hex(secureRng(16));
    const paidUntil = known?.paid_until ?? dayAfter(clock.now(), policy.initialStandingDays);
    if (known === undefined) {
      const { keyId } = bureauHead(bureau);
      await store.savePerson(
        {
          version: 1,
          type: 'person',
          institution: keys.institution,
          key_id: keyId,
          pid,
          identity_tag: tag,
          sealed_identity: sealIdentity(keys.identity.sealingKey, pid, person),
          paid_until: paidUntil,
          created_at: clock.now(),
        },
        request.signal,
      );
    }
    const about = { institution: keys.institution, pid };
    const standing = { paidUntil, agents: payload.agentKeyHashes.map(fromHex) };
    const signing = await issueAndRegister(
      bureau,
      { kind: 'patient-signing', pid: fromHex(pid), standing },
      signingKey,
      about,
      request.signal,
    );
    const decryption = await issueAndRegister(
      bureau,
      { kind: 'patient-decryption', pid: fromHex(pid) },
      decryptionKey,
      about,
      request.signal,
    );
    const { authentication } = await registerCard(
      bureau,
      {
        kind: 'patient',
        holder: pid,
        ...about,
        signingKey,
        authenticationKey,
        certificates: [signing.serial, decryption.serial],
        by: clerkOf(request),
      },
      request.signal,
    );
    const answer = {
      pid,
      signing: toBase64(signing.der),
      decryption: toBase64(decryption.der),
      authentication: toBase64(authentication),
    };
    const result = await store.accept(
      {
        message: {
          version: 1,
          type: 'card-application',
          institution: request.terminal.institution,
          key_id: payload.keyId,
          id,
          request_hash: hash,
          // Name and national number stand in it: kept as it came, sealed to the bureau.
          signed: fromBase64(message),
          answer: JSON.stringify(answer),
          received_at: clock.now(),
        },
        evidence: [evidenceOf(bureau, { equation: '1', parsed, terminal: request.terminal, result: 'ok' })],
      },
      request.signal,
    );
    const stored = answerOf(result);
    if (stored === undefined) throw new Error('an enrolment that changes a prescription');
    return bureauApi.application.answer.parse(JSON.parse(stored));
  });
}
