/**
 * What happens at the desks, step by step, by the real routes.
 * @module
 */
import { CheckInReply, OpeningReply } from '../../contract/messages.ts';
import { decodeUtf8 } from '../../crypto/common/utf8.ts';
import { createSoftwareKeyAgreement } from '../../crypto/envelope/recipient-key.ts';
import { createOpener } from '../../crypto/envelope/sealer.ts';
import { generateP256, type P256KeyPair } from '../../crypto/pki/key-store.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { validatePath } from '../../crypto/pki/validate-path.ts';
import {
  applicationOf,
  bytesOf,
  checkInOf,
  type OpenVisit,
  openingProofOf,
  personal,
  presence,
  sealed,
  signOnOf,
} from './messages.ts';
import type { Certified, SoftDoctor, SoftPatient } from './soft-people.ts';
import {
  HOSPITAL,
  makeCitizen,
  makeDoctor,
  makeStaff,
  PHARMACY,
  type Post,
  patientOf,
  signal,
  type World,
} from './world.ts';

/** Opens and verifies what the bureau sealed to a one-time key, as a desk does; the JSON. */
export async function readReply(
  world: World,
  key: P256KeyPair,
  reply: string,
  type: string,
  pid: string,
): Promise<unknown> {
  const ca = parseCertificate(bytesOf(world.material.bureauCa));
  const opener = createOpener({
    key: createSoftwareKeyAgreement(key.privateKey),
    trust: {
      check: async ({ certificate }) => {
        const now = world.clock.now();
        const policy = { anchors: [ca], revoked: undefined, now, kinds: ['bureau-signing'] } as const;
        validatePath(parseCertificate(certificate), policy);
      },
    },
  });
  const message = await opener.open(
    bytesOf(reply),
    { kind: 'p256', types: [type], pid: new Uint8Array(Buffer.from(pid, 'hex')) },
    signal,
  );
  return JSON.parse(decodeUtf8(message.content));
}

/** A member of staff signs on; the token. */
export async function signOn(world: World, post: Post, staff: Certified): Promise<string> {
  const { challenge } = await post.client.challenge({ body: { purpose: 'sign-on' } }, signal);
  const message = sealed(world, await personal(world, post, staff, signOnOf(world, post, staff, challenge)));
  return (await post.client.signOn({ body: { message } }, signal)).token;
}

/** Enrols somebody by eq 1 and 2. */
export async function enrol(world: World, operator: string, nationalId: string, name: string): Promise<SoftPatient> {
  const post = world.posts.bureau;
  const citizen = await makeCitizen(world, nationalId, name);
  const message = sealed(world, await personal(world, post, citizen.civil, applicationOf(post, citizen)));
  return patientOf(citizen, await post.client.application({ operator, body: { message } }, signal));
}

/** A check-in ready to be sent. */
export async function prepareCheckIn(world: World, post: Post, patient: SoftPatient) {
  const { challenge } = await post.client.challenge({ body: { purpose: 'check-in' } }, signal);
  const replyKey = await generateP256();
  return { replyKey, challenge, payload: checkInOf(world, post, patient, challenge, replyKey.spki) };
}

/** Eq 6 and 7: a visit opens. */
export async function checkIn(world: World, post: Post, operator: string, patient: SoftPatient): Promise<CheckInReply> {
  const { replyKey, payload } = await prepareCheckIn(world, post, patient);
  const message = sealed(world, await personal(world, post, patient.signing, payload));
  const { reply } = await post.client.checkIn({ operator, body: { message } }, signal);
  return CheckInReply.parse(await readReply(world, replyKey, reply, 'check-in-reply', patient.pid));
}

/** An opening ready to be sent: the patient's half as payload. */
export async function prepareOpening(world: World, post: Post, patient: SoftPatient) {
  const answer = await post.client.challenge({ body: { purpose: 'opening', pid: patient.pid } }, signal);
  if (answer.visitId === undefined) throw new Error('an opening challenge without a visit');
  const visit = { challenge: answer.challenge, visitId: answer.visitId, pid: patient.pid };
  const replyKey = await generateP256();
  return { replyKey, visit, payload: openingProofOf(world, post, patient, visit, replyKey.spki) };
}

/** Eq 7 and 8: both cards. */
export async function openVisit(
  world: World,
  post: Post,
  patient: SoftPatient,
  doctor: SoftDoctor,
): Promise<{ readonly reply: OpeningReply; readonly visit: OpenVisit; readonly message: string }> {
  const { replyKey, visit, payload } = await prepareOpening(world, post, patient);
  const proof = await personal(world, post, patient.signing, payload);
  const message = sealed(world, await presence(world, post, doctor, visit, proof));
  const answer = await post.client.opening({ body: { message } }, signal);
  const reply = OpeningReply.parse(await readReply(world, replyKey, answer.reply, 'opening-reply', patient.pid));
  return {
    reply,
    message,
    visit: { post, patient, pid: patient.pid, visitId: reply.visitId, presence: reply.presenceToken },
  };
}

/** Everybody that most tests need. */
export interface Cast {
  readonly operators: { readonly clerk: string; readonly registrar: string; readonly pharmacist: string };
  readonly registrar: Certified;
  readonly pharmacist: Certified;
  readonly doctor: SoftDoctor;
  readonly patient: SoftPatient;
}

/** Clerk, registrar and pharmacist signed on; a doctor joined; a patient enrolled. */
export async function makeCast(world: World): Promise<Cast> {
  const clerk = await signOn(world, world.posts.bureau, world.clerk);
  const registrar = await makeStaff(world, clerk, HOSPITAL, 'registrar');
  const pharmacist = await makeStaff(world, clerk, PHARMACY, 'pharmacist');
  return {
    operators: {
      clerk,
      registrar: await signOn(world, world.posts.registration, registrar),
      pharmacist: await signOn(world, world.posts.pharmacy, pharmacist),
    },
    registrar,
    pharmacist,
    doctor: await makeDoctor(world, clerk),
    patient: await enrol(world, clerk, 'A200000003', '王小明'),
  };
}

/** Checks in and opens: a visit at the clinic. */
export async function visitOf(world: World, cast: Cast, patient: SoftPatient = cast.patient): Promise<OpenVisit> {
  await checkIn(world, world.posts.registration, cast.operators.registrar, patient);
  return (await openVisit(world, world.posts.clinic, patient, cast.doctor)).visit;
}

/** Serial number of a certificate, hex. */
export const serialOf = (certificate: Uint8Array): string => parseCertificate(certificate).serial;
