/**
 * A patient card that knows its bureau, agents, warrants, and a prescription to collect, for the tests of both kinds of agent.
 * @module
 */
import { utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { newPrivateKey, publicPoint, signMessage } from '../../crypto/pki/p256-key.ts';
import { p256Spki } from '../../crypto/pki/public-key.ts';
import { approvalBody, type Warrant } from '../../crypto/proxysig/warrant.ts';
import type { ConsumeRequest } from '../apps/collect-command.ts';
import { openPatientApp, type PatientApp } from '../apps/patient-app.ts';
import type { SoftwareCard } from './card-os.ts';
import { atClinic, bytes, FIRST_DAY, issuePatient, PID, reinsert, terminal } from './cards.fixture.ts';
import { createPatientCard } from './patient-card.ts';

export const SLOT = 0x11;
export const AGENT_PIN = '654321';
/** Seconds since 1970. */
export const START = FIRST_DAY / 1000;
export const bureau = newPrivateKey(bytes);

/** Whose key a warrant names. */
export interface Agent {
  readonly secret: Uint8Array;
  readonly point: Uint8Array;
  readonly id: Uint8Array;
}
export const newAgent = (): Agent => {
  const secret = newPrivateKey(bytes);
  return { secret, point: publicPoint(secret), id: bytes(16) };
};

/** A warrant from START on, for two uses. */
export function warrantOf(
  patientPoint: Uint8Array,
  agent: Pick<Agent, 'point' | 'id'>,
  changes: Partial<Warrant> = {},
  signer = bureau,
): Warrant {
  const fields = {
    pid: PID,
    patientKeyHash: h256(p256Spki(patientPoint)),
    agentId: agent.id,
    agentKeyHash: h256(p256Spki(agent.point)),
    notBefore: START,
    notAfter: START + 86_400 * 30,
    serial: bytes(16),
    uses: 2,
    pharmacies: [],
    prescriptions: [],
    ...changes,
  };
  const notAfter = START + 86_400 * 60;
  return { ...fields, approval: { notAfter, signature: signMessage(signer, approvalBody({ ...fields, notAfter })) } };
}

/** A new card. */
export async function issued() {
  const card = createPatientCard();
  const { signing } = await issuePatient(card, { bureauKey: publicPoint(bureau) });
  return { card, signing };
}
export const atRegistration = async (card: SoftwareCard): Promise<PatientApp> =>
  openPatientApp(reinsert(card), await terminal('registration'));

/** A prescription written at the clinic; the request that collects its first part. */
export async function prescribe(
  card: SoftwareCard,
  changes: { controlled?: boolean; rxId?: Uint8Array } = {},
): Promise<(part?: number) => ConsumeRequest> {
  const rxh = bytes(32);
  const record = {
    rxId: changes.rxId ?? bytes(16),
    hash16: rxh.slice(0, 16),
    issued: START,
    expires: START + 86_400 * 90,
    parts: 3,
    controlled: changes.controlled ?? false,
    pharmacy: new Uint8Array(5),
  };
  const clinic = await atClinic(reinsert(card));
  await clinic.writeVisitAndPrescription({ reference: bytes(32), visit: utf8('v'), prescriptions: [{ record }] });
  return (part = 1) => ({ rxId: record.rxId, part, rxh, nonce: bytes(32) });
}
