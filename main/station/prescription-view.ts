/**
 * What the pharmacist is shown of one prescription: the card's record and the bureau's word of where it stands, folded into one state.
 * @module
 */
import type { z } from 'zod';
import type { bureauApi } from '../../contract/bureau-api.ts';
import { dayOf } from '../../contract/calendar.ts';
import type { PrescriptionOnCard } from '../../contract/card-service.ts';
import type { PrescriptionView } from '../../contract/pharmacy-desk.ts';

/** The bureau's answer. */
export type PrescriptionStanding = z.output<typeof bureauApi.prescriptionStatus.answer>;

/** What this desk itself knows. */
export interface DeskKnowledge {
  /** The part that the card gave away here and that is not recorded yet. */
  readonly begunPart: number | undefined;
  /** It holds the secret of the lock. */
  readonly holdsLock: boolean;
  /** YYYY-MM-DD in Taiwan. */
  readonly today: string;
}

/** Everything but the lines, before anything was verified. */
export const unverifiedView = (
  record: PrescriptionOnCard,
  part: number,
  source: PrescriptionView['source'],
): PrescriptionView => ({
  rxId: record.rxId,
  issued: dayOf(record.issued * 1000),
  expires: dayOf(record.expires * 1000),
  part,
  parts: record.parts,
  pharmacy: record.pharmacy,
  controlled: record.controlled,
  asksPin: record.controlled,
  lines: [],
  owed: [],
  source,
  state: record.status === 'collected' ? 'collected' : 'refused',
});

/** Which part is next, or the last one. */
export const partOf = (record: PrescriptionOnCard): number => Math.min(record.used + 1, record.parts);

/**
 * State of a prescription that was verified. Without the bureau's word (it is away) the card alone decides: it counts parts, but knows no
 * window of days.
 */
export function standingView(
  view: PrescriptionView,
  record: PrescriptionOnCard,
  standing: PrescriptionStanding | undefined,
  { begunPart, holdsLock, today }: DeskKnowledge,
): PrescriptionView {
  const more = {
    ...(standing?.opensOn === undefined ? {} : { opensOn: standing.opensOn }),
    ...(standing?.newest === undefined ? {} : { takeBackUntil: standing.newest.takeBackUntil }),
  };
  // What the card gave away and this desk could not finish is still to be handed out.
  if (begunPart !== undefined) return { ...view, ...more, part: begunPart, state: 'ready' };
  if (standing !== undefined && standing.owed.length > 0 && standing.newest !== undefined)
    // The card has collected it already.
    return { ...view, ...more, part: standing.used, owed: standing.owed, asksPin: false, state: 'owing' };
  // More was collected than the card knows: its memory is a copy of before.
  if (standing !== undefined && standing.used > record.used)
    return { ...view, ...more, state: 'collected', refusal: { code: 'RX_COLLECTED' } };
  if (record.status !== 'open') return { ...view, ...more, state: 'collected' };
  if (standing?.state === 'accepted') return { ...view, ...more, state: holdsLock ? 'accepted' : 'locked' };
  const isEarly = standing?.opensOn !== undefined && today < standing.opensOn;
  return { ...view, ...more, state: isEarly ? 'early' : 'ready' };
}
