/**
 * What the emergency desk says to the bureau (eqs 13 to 15): the query that a doctor's card group-signs with the hash of the fingers, and the word
 * of a second person about one candidate. Both answers are sealed to the one-time key of the query.
 * @module
 */
import { instantOf } from '../../contract/calendar.ts';
import {
  EmergencyCandidates,
  type EmergencyConfirmation,
  EmergencyProbe,
  type EmergencyQuery,
  EmergencyRecord,
} from '../../contract/emergency.ts';
import type { EmergencyCase } from '../../contract/emergency-desk.ts';
import { ImisError } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import { fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import type { KeyAgreement } from '../../crypto/envelope/recipient-key.ts';
import { seal } from '../../crypto/envelope/seal.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { type DeskGroup, type PresentDoctor, readyDoctor, signAsGroup } from './doctor-signer.ts';
import type { HeldFinger } from './finger-taking.ts';
import type { TrustedMaterial } from './material.ts';
import { cardSigner, createReplyKey, openReply, signForBureau } from './messages.ts';
import type { DeskPorts } from './ports.ts';
import type { RunStage } from './stages.ts';

/** Where the doctor's card is. */
interface DoctorCard {
  readonly slot: string;
  readonly insertion: number;
}

/** What was asked, while its answers may come. */
export interface AskedQuery {
  readonly answer: EmergencyCandidates;
  readonly replyKey: KeyAgreement;
}

/** What both messages need. */
export interface EmergencyMeans {
  readonly ports: DeskPorts;
  readonly material: TrustedMaterial;
  readonly group: DeskGroup;
}

/** The PIN is given where the card asks for it, for no session covers an emergency: `spend` is called before each answer of the card. */
const cardOfDoctor = (
  { ports, group, material }: EmergencyMeans,
  card: DoctorCard,
  spend: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<PresentDoctor> =>
  readyDoctor(
    ports,
    group,
    material,
    { slot: card.slot, insertion: card.insertion, purposes: [], comfort: { spend } },
    signal,
  );

/** CLASS_NOT_ALLOWED: no doctor of the emergency class; DOCTOR_NOT_IN_EPOCH: none that may sign anything now. */
async function demandEmergencyDoctor(doctor: PresentDoctor, signal: AbortSignal): Promise<void> {
  if (await doctor.maySign({ purpose: 'emergency' }, signal)) return;
  if (await doctor.maySign({ purpose: 'presence' }, signal))
    throw new ImisError('CLASS_NOT_ALLOWED', 'a doctor who does not work in the emergency room');
  throw new ImisError('DOCTOR_NOT_IN_EPOCH', 'no credential of this epoch');
}

/** Fingers as they are sent; `challenge` (base64) is the one that is signed for. */
function probeOf(fingers: readonly HeldFinger[], challenge: string): Uint8Array {
  const probe: EmergencyProbe = {
    version: 1,
    fingers: fingers.map(({ record, quality, authenticFor, shown }) => ({
      finger: shown.finger,
      record: toBase64(record),
      quality,
      authentic: authenticFor === challenge,
    })),
  };
  return utf8(JSON.stringify(EmergencyProbe.parse(probe)));
}

/**
 * Eqs 13 and 14. The card asks for the PIN just before an emergency signature and forgets it with the next command, so it is given twice: for the
 * commitment and for the answer.
 */
export async function askWhoseFingers(
  means: EmergencyMeans,
  query: {
    readonly card: DoctorCard;
    readonly pin: PinDigits;
    /** 64 hex digits. */
    readonly challenge: string;
    readonly about: EmergencyCase;
    readonly fingers: readonly HeldFinger[];
  },
  run: RunStage,
  signal: AbortSignal,
): Promise<AskedQuery> {
  const { ports, material, group } = means;
  const { cards, terminal, clock, bureau } = ports;
  const { slot } = query.card;
  const giveThePin = async (now: AbortSignal): Promise<void> => {
    // The card service wipes what it is given.
    const pin = [...query.pin];
    try {
      await cards.doctorVerifyPin({ slot, pin }, now);
    } finally {
      pin.fill(0);
    }
  };
  const recipient = [{ certificate: material.encryption.der }];
  const replyKey = createReplyKey();
  const challenge = fromHex(query.challenge);
  const probe = probeOf(query.fingers, toBase64(challenge));
  const message = await run('doctor-signs', '13', async () => {
    await giveThePin(signal);
    const doctor = await cardOfDoctor(means, query.card, giveThePin, signal);
    await demandEmergencyDoctor(doctor, signal);
    const payload: EmergencyQuery = {
      type: 'emergency-query',
      version: 1,
      institution: terminal.institution,
      keyId: hex(group.key.pkh),
      challenge: query.challenge,
      terminal: terminal.id,
      ...query.about,
      probeHash: hex(h256(probe)),
      replyKey: toBase64(replyKey.spki),
      at: instantOf(clock.now()),
    };
    const what = {
      purpose: 'emergency',
      contentType: IMIS_OID.jsonContent,
      content: utf8(JSON.stringify(payload)),
      aud: keyIdentifier(material.encryption.spki),
      // Nobody knows yet who it is.
      pid: new Uint8Array(16),
      sid: h256(challenge, fromHex(terminal.id)).slice(0, 16),
      certificates: [],
    } as const;
    return signAsGroup(ports, group, material, doctor, what, signal);
  });
  const answer = await run('send-fingers', '14', async () => {
    const body = { query: toBase64(seal(message, recipient)), probe: toBase64(seal(probe, recipient)) };
    return bureau.emergencyQuery({ body }, signal);
  });
  const candidates = await openReply(
    ports,
    material,
    { ...answer, key: replyKey, type: 'emergency-candidates', schema: EmergencyCandidates },
    signal,
  );
  return { answer: candidates, replyKey };
}

/** Eq 15: the second person's card, in a slot, says who it is after its PIN. */
export async function confirmWhoItIs(
  { ports, material }: Omit<EmergencyMeans, 'group'>,
  { answer, replyKey }: AskedQuery,
  chosen: { readonly handle: string; readonly slot: string; readonly pin: PinDigits },
  run: RunStage,
  signal: AbortSignal,
): Promise<EmergencyRecord> {
  const { cards, terminal, clock, bureau } = ports;
  const { slot, handle, pin } = chosen;
  const { queryId } = answer;
  const message = await run('staff-signs', '15', async () => {
    await cards.staffVerifyPin({ slot, pin }, signal);
    const certificate = await cards.staffCertificate({ slot }, signal);
    const payload: EmergencyConfirmation = {
      type: 'emergency-confirmation',
      version: 1,
      institution: terminal.institution,
      keyId: hex(keyIdentifier(parseCertificate(certificate).spki)),
      queryId,
      handle,
      terminal: terminal.id,
      at: instantOf(clock.now()),
    };
    const signer = cardSigner(certificate, (attributes, now) => cards.staffSign({ slot, attributes }, now));
    return signForBureau(ports, material, signer, { type: payload.type }, payload, signal);
  });
  const { reply } = await run('send-confirmation', '15', () => {
    const sealed = seal(message, [{ certificate: material.encryption.der }]);
    return bureau.emergencyConfirmation({ body: { message: toBase64(sealed) } }, signal);
  });
  const record = await openReply(
    ports,
    material,
    { reply, key: replyKey, type: 'emergency-record', schema: EmergencyRecord },
    signal,
  );
  if (record.queryId !== queryId) throw new ImisError('CONTEXT_MISMATCH', 'the answer is about another query');
  return record;
}
