/**
 * People whose keys are in memory instead of on cards.
 * @module
 */
import { sign } from 'node:crypto';
import type { DoctorClass } from '../../contract/doctor-classes.ts';
import type { CardApplication } from '../../contract/messages.ts';
import { fromHex, utf8 } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { joinOnCard } from '../../crypto/groupsig/card-member.ts';
import type { Attributes } from '../../crypto/groupsig/context.ts';
import { decodeCredentialFile } from '../../crypto/groupsig/credential-file.ts';
import { loadCredential, type MemberCredential } from '../../crypto/groupsig/member-credential.ts';
import type { GroupCard } from '../../crypto/groupsig/sign-host.ts';
import { createMemoryCard } from '../../crypto/groupsig/testing/sample-group.ts';
import { generateP256, type P256KeyPair } from '../../crypto/pki/key-store.ts';
import type { SoftGroup } from './soft-group.ts';

/** A key with its certificate. */
export interface Certified extends P256KeyPair {
  readonly certificate: Uint8Array;
}

/** A citizen before and after enrolment. */
export interface SoftCitizen {
  readonly person: CardApplication['person'];
  readonly civil: Certified;
  readonly signing: P256KeyPair;
  readonly decryption: P256KeyPair;
  readonly authentication: P256KeyPair;
}

/** A patient: `signing.certificate` is PCert_P. */
export interface SoftPatient {
  readonly pid: string;
  readonly signing: Certified;
  readonly decryption: Certified;
}

/** A doctor with a credential. */
export interface SoftDoctor {
  readonly card: GroupCard;
  /** ID_D. */
  readonly doctorId: string;
  readonly Q: Uint8Array;
  readonly bundleKey: Uint8Array;
  readonly credential: MemberCredential;
  readonly attributes: Attributes;
}

/** r ‖ s over `message`, as cards sign. */
export const signRaw = (key: P256KeyPair, message: Uint8Array): Uint8Array =>
  new Uint8Array(sign('sha256', message, { key: key.privateKey, dsaEncoding: 'ieee-p1363' }));

/** Somebody with keys; `certify` makes Cert_P. */
export async function createSoftCitizen(
  nationalId: string,
  name: string,
  certify: (citizen: { name: string; nationalId: string; spki: Uint8Array }) => Promise<Uint8Array>,
): Promise<SoftCitizen> {
  const civil = await generateP256();
  const certificate = await certify({ name, nationalId, spki: civil.spki });
  return {
    person: { name, nationalId, birthDate: '1950-04-01', sex: 'female' },
    civil: { ...civil, certificate },
    signing: await generateP256(),
    decryption: await generateP256(),
    authentication: await generateP256(),
  };
}

/** A doctor's card before its join: keys and Cert_D, as base64 what the bureau is told of them. */
export async function createDoctorKeys(
  certify: (spki: Uint8Array, doctorId: string) => Promise<Uint8Array>,
  doctorId = `D${Buffer.from(secureRng(4)).toString('hex')}`,
) {
  const [signing, authentication] = [await generateP256(), await generateP256()];
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const certificate = base64(await certify(signing.spki, doctorId));
  return { doctorId, signing, body: { certificate, authenticationKey: base64(authentication.spki) } };
}

/** The doctor's side of a join: what goes to the bureau, and what becomes of the credential that comes back. */
export function startJoin(
  group: SoftGroup,
  nonce: string,
  { doctorId, signing, body }: Awaited<ReturnType<typeof createDoctorKeys>>,
  classes: readonly DoctorClass[] = [1],
) {
  const { backend, key } = group;
  const joined = joinOnCard(backend, { pkh: key.pkh, doctorId: utf8(doctorId), nonce: fromHex(nonce) });
  const signature = signRaw(signing, joined.J);
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return {
    body: {
      nonce,
      certificate: body.certificate,
      Q: base64(joined.Q),
      c: base64(joined.c),
      z: base64(joined.z),
      signature: base64(signature),
      attestation: base64(signature),
      doctorClasses: [...classes],
    },
    finish: (credentialFile: string): SoftDoctor => {
      const file = decodeCredentialFile(new Uint8Array(Buffer.from(credentialFile, 'base64')));
      const attributes = { epoch: file.epoch, classNumber: file.classNumber };
      return {
        card: createMemoryCard(backend, key.pkh, joined.sk, secureRng),
        doctorId,
        Q: file.Q,
        bundleKey: file.bundleKey,
        credential: loadCredential(backend, key, file, attributes),
        attributes,
      };
    },
  };
}
