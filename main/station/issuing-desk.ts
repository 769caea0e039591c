/**
 * The bureau's issuing desk (eq 1 to 4): keys are born on a blank card, the bureau certifies them, the card is personalised.
 * @module
 */

import type { CardTrust } from '../../contract/card-service.ts';
import type { DoctorClass } from '../../contract/doctor-classes.ts';
import { ImisError } from '../../contract/errors.ts';
import type { PinDigits, StaffRole } from '../../contract/formats.ts';
import type { CardApplication } from '../../contract/messages.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import type { AttributeSigner } from '../../crypto/envelope/attribute-signer.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import { seal } from '../../crypto/envelope/seal.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { keepMaterial, type MaterialPorts } from './material.ts';
import { newId, signForBureau } from './messages.ts';
import { proveStaffCard, type SignOnPorts } from './sign-on.ts';

/** A slot with a blank card in it, and the secrets its holder chose. The digits are wiped by the card process. */
export interface BlankCard {
  readonly slot: string;
  readonly pin: PinDigits;
  readonly puk: PinDigits;
  /** The PIN is a transport PIN: the holder must change it before the card opens anything. */
  readonly transport?: boolean | undefined;
}

const transportOf = ({ transport }: BlankCard): { readonly transport?: true } =>
  transport === true ? { transport } : {};

/**
 * Where Cert_D comes from: `certify` gets it from the professions' authority for a key that the card makes now; `certificate` is one for
 * the key that it made before.
 */
export type DoctorCertificate =
  | { readonly certify: (spki: Uint8Array) => Promise<Uint8Array> }
  | { readonly certificate: Uint8Array };

export interface IssuingDesk {
  /** A clerk proves the staff card in a slot. */
  signOn(slot: string, pin: PinDigits, signal: AbortSignal): Promise<void>;
  /** Token of the clerk; OPERATOR_REQUIRED before `signOn`. */
  operator(): string;
  /** Eq 1 and 2. `civil` is the patient's own signing key with Cert_P. Answers PID_P, hex. */
  issuePatient(
    blank: BlankCard,
    person: CardApplication['person'],
    civil: AttributeSigner,
    signal: AbortSignal,
  ): Promise<string>;
  /** Eq 3 and 4. */
  issueDoctor(
    blank: BlankCard,
    doctor: { readonly doctorClasses: readonly DoctorClass[] } & DoctorCertificate,
    signal: AbortSignal,
  ): Promise<void>;
  issueStaff(
    blank: BlankCard,
    member: {
      readonly institution: string;
      readonly role: StaffRole;
      readonly name: string;
      /** Serial number of the card that this one is to replace. */
      readonly replaces?: string | undefined;
    },
    signal: AbortSignal,
  ): Promise<void>;
}

/** Creates the desk of one bureau terminal. */
export function createIssuingDesk(ports: SignOnPorts & MaterialPorts): IssuingDesk {
  const { cards, bureau, terminal } = ports;
  const material = keepMaterial(ports);
  let operator: string | undefined;

  /** Whom a new card trusts. */
  const trustOf = async (signal: AbortSignal): Promise<Pick<CardTrust, 'bureauSigning'>> => ({
    bureauSigning: (await material(signal)).signing.der,
  });

  return {
    signOn: async (slot, pin, signal) => {
      await cards.staffVerifyPin({ slot, pin }, signal);
      operator = (await proveStaffCard(ports, await material(signal), slot, signal)).token;
    },
    operator: () => {
      if (operator === undefined) throw new ImisError('OPERATOR_REQUIRED', 'no clerk has signed on');
      return operator;
    },
    issuePatient: async (blank, person, civil, signal) => {
      const { slot, pin, puk } = blank;
      const keys = await cards.issuePatientKeys({ slot }, signal);
      const payload: CardApplication = {
        type: 'card-application',
        version: 1,
        institution: terminal.institution,
        keyId: hex(keyIdentifier(parseCertificate(civil.certificate).spki)),
        requestId: newId(),
        person,
        signingKey: toBase64(keys.signing),
        decryptionKey: toBase64(keys.decryption),
        authenticationKey: toBase64(keys.authentication),
        agentKeyHashes: [],
      };
      const trusted = await material(signal);
      const message = await signForBureau(ports, trusted, civil, { type: payload.type }, payload, signal);
      const sealed = toBase64(seal(message, [{ certificate: trusted.encryption.der }]));
      const issued = await bureau.application({ operator, body: { message: sealed } }, signal);
      const certificates = {
        signing: fromBase64(issued.signing),
        decryption: fromBase64(issued.decryption),
        authentication: fromBase64(issued.authentication),
        ...(await trustOf(signal)),
      };
      const secrets = { pin, puk, ...transportOf(blank) };
      await cards.issuePatientFinish({ slot, ...certificates, pid: issued.pid, ...secrets }, signal);
      return issued.pid;
    },
    issueDoctor: async (blank, { doctorClasses, ...doctor }, signal) => {
      const { slot, pin, puk } = blank;
      const keys = await cards.issueDoctorKeys('certificate' in doctor ? { slot, known: true } : { slot }, signal);
      const certificate = 'certificate' in doctor ? doctor.certificate : await doctor.certify(keys.signing);
      const { groupKey } = await material(signal);
      const begun = { certificate: toBase64(certificate), authenticationKey: toBase64(keys.authentication) };
      const { nonce, authentication } = await bureau.joinChallenge({ operator, body: begun }, signal);
      const trust = { authentication: fromBase64(authentication), ...(await trustOf(signal)) };
      // The join wipes what it gets; a transport PIN is set once more after it.
      const joining = blank.transport === true ? [...pin] : pin;
      const join = await cards.issueDoctorJoin(
        { slot, certificate, ...trust, groupKey, nonce: fromHex(nonce), pin: joining, puk, ...transportOf(blank) },
        signal,
      );
      const { credential } = await bureau.join(
        {
          operator,
          body: {
            nonce,
            certificate: toBase64(certificate),
            Q: toBase64(join.Q),
            c: toBase64(join.c),
            z: toBase64(join.z),
            signature: toBase64(join.signature),
            attestation: toBase64(join.attestation),
            doctorClasses: [...doctorClasses],
          },
        },
        signal,
      );
      const finished = { slot, credential: fromBase64(credential) };
      await cards.issueDoctorFinish(blank.transport === true ? { ...finished, pin } : finished, signal);
    },
    issueStaff: async (blank, member, signal) => {
      const { slot, pin, puk } = blank;
      const keys = await cards.issueStaffKeys({ slot }, signal);
      const { institution, role, name, replaces } = member;
      const issued = await bureau.staffCard(
        {
          operator,
          body: {
            key: toBase64(keys.signing),
            authenticationKey: toBase64(keys.authentication),
            institution,
            role,
            name,
            ...(replaces === undefined ? {} : { replaces }),
          },
        },
        signal,
      );
      const certificates = {
        certificate: fromBase64(issued.certificate),
        authentication: fromBase64(issued.authentication),
        ...(await trustOf(signal)),
      };
      await cards.issueStaffFinish({ slot, ...certificates, pin, puk, ...transportOf(blank) }, signal);
    },
  };
}
