/**
 * Warrants as a desk reads them from a patient's card and shows them to people.
 * @module
 */
import type { AgentPrescription, AgentScope, AgentView } from '../../contract/agent-service.ts';
import { dayOf } from '../../contract/calendar.ts';
import type { PrescriptionOnCard } from '../../contract/card-service.ts';
import { ImisError, isErrorCode } from '../../contract/errors.ts';
import { bcdOf, digitsOf } from '../../crypto/common/bcd.ts';
import { compareBytes, fromHex, hex } from '../../crypto/common/bytes.ts';
import { isErased } from '../../crypto/proxysig/erased-warrants.ts';
import { ProxysigError } from '../../crypto/proxysig/proxysig-error.ts';
import { decodeWarrant, type Warrant } from '../../crypto/proxysig/warrant.ts';
import type { TrustedMaterial } from './material.ts';
import type { DeskPorts } from './ports.ts';

/** A delegation on a card: its slot, its papers, and what they say. Points have 33 bytes. */
export interface HeldWarrant {
  readonly proxySlot: number;
  readonly rP: Uint8Array;
  readonly rA: Uint8Array;
  readonly agentKey: Uint8Array;
  readonly omega: Uint8Array;
  readonly warrant: Warrant;
  /** Hex. */
  readonly serial: string;
}

/** The delegations of the card in a slot. Rejects as the card does; CARD_ANSWER_INVALID for a record that is no warrant. */
export async function readWarrants(
  cards: DeskPorts['cards'],
  slot: string,
  signal: AbortSignal,
): Promise<readonly HeldWarrant[]> {
  const records = await cards.patientWarrants({ slot }, signal);
  try {
    return records.map((record) => {
      const warrant = decodeWarrant(record.omega);
      return { ...record, warrant, serial: hex(warrant.serial) };
    });
  } catch (cause) {
    if (cause instanceof ProxysigError) throw new ImisError('CARD_ANSWER_INVALID', 'not a warrant', { cause });
    throw cause;
  }
}

/** The scope of a warrant in the words of the contract. */
const scopeOf = ({ prescriptions, pharmacies, uses, notAfter, twoParty }: Warrant): AgentScope => ({
  ...(twoParty === true ? { controlled: twoParty } : {}),
  prescriptions: prescriptions.map(hex),
  pharmacies: pharmacies.map((one) => digitsOf(one) ?? ''),
  uses,
  until: dayOf(notAfter * 1000),
});

/** Which prescriptions and pharmacies a scope names, in the order that a warrant wants. NOT_FOUND for a pharmacy nobody knows. */
export function namedIn(
  { prescriptions, pharmacies }: AgentScope,
  { institutions }: TrustedMaterial,
): Pick<Warrant, 'prescriptions' | 'pharmacies'> {
  for (const named of pharmacies)
    if (!institutions.some(({ code, kind }) => code === named && kind === 'pharmacy'))
      throw new ImisError('NOT_FOUND', `no pharmacy ${named}`);
  const ordered = (list: readonly Uint8Array[]) => [...list].sort(compareBytes);
  return {
    prescriptions: ordered([...new Set(prescriptions)].map(fromHex)),
    pharmacies: ordered([...new Set(pharmacies)].map(bcdOf)),
  };
}

/**
 * A warrant as it stands; the bureau is asked for the name, and for what this desk has not heard yet, where it can be reached and somebody is
 * signed on with it.
 */
export async function showWarrant(
  { bureau, clock }: Pick<DeskPorts, 'bureau' | 'clock'>,
  { erased }: TrustedMaterial,
  held: HeldWarrant,
  operator: string | undefined,
  signal: AbortSignal,
): Promise<AgentView> {
  const { warrant, serial } = held;
  const ask = async () =>
    operator === undefined ? undefined : bureau.warrant({ operator, params: { serial } }, signal);
  const standing = await ask().catch((cause: unknown) => {
    const code = cause instanceof ImisError ? cause.code : undefined;
    // A bureau that is away tells no names; one that knows no such warrant neither.
    if (!isErrorCode(code) || !['BUREAU_UNREACHABLE', 'NOT_FOUND'].includes(code)) throw cause;
    return undefined;
  });
  const isOver = warrant.notAfter * 1000 < clock.now();
  const gone = standing?.erased === true || isErased(erased, warrant.serial);
  return {
    serial,
    ...(standing === undefined ? {} : { name: standing.maskedName }),
    scope: scopeOf(warrant),
    state: gone ? 'erased' : isOver ? 'over' : 'in-force',
  };
}

/** What of the card an agent could collect: what is open, controlled drugs marked. */
export const collectable = (records: readonly PrescriptionOnCard[], now: number): AgentPrescription[] =>
  records
    .filter(({ status, expires }) => status === 'open' && expires * 1000 > now)
    .map(({ rxId, issued, expires, parts, used, pharmacy, controlled }) => ({
      rxId,
      issued: dayOf(issued * 1000),
      expires: dayOf(expires * 1000),
      partsLeft: Math.max(1, parts - used),
      pharmacy,
      ...(controlled ? { controlled } : {}),
    }));
