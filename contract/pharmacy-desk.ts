/**
 * The pharmacy on its screen: the work list, the verified prescriptions of a card, what was handed out.
 * @module
 */
import { z } from 'zod';
import { AgentView } from './agent-service.ts';
import { Refusal } from './errors.ts';
import { Day, Id16, Instant, InstitutionCode } from './formats.ts';
import { MedicationLine } from './medication-line.ts';
import { LineOutcome } from './messages.ts';
import { HandOutPaper } from './paper.ts';
import { Idle, Refused, Stage, Working } from './stage.ts';
import { WorkItemDetail, WorkListPage } from './work-list.ts';

/** A prescription at the pharmacy, with what was checked. */
export const PrescriptionView = z.strictObject({
  rxId: Id16,
  issued: Day,
  expires: Day,
  part: z.int().min(1),
  parts: z.int().min(1),
  /** To which pharmacy it is designated, by the card. */
  pharmacy: InstitutionCode,
  controlled: z.boolean(),
  /** The card gives the next part only after its holder's PIN: always for a controlled drug, else where the holder wants it so. */
  asksPin: z.boolean(),
  lines: z.array(MedicationLine),
  /**
   * `accepted`: this desk prepares it; `locked`: somebody else in this pharmacy does, or this desk has lost the secret of the lock; `early`:
   * before its window; `owing`: handed out but for the lines in `owed`.
   */
  state: z.enum(['ready', 'accepted', 'locked', 'early', 'owing', 'collected', 'refused']),
  /** Where it was had from; `card` and `inbox`: the bureau was away. */
  source: z.enum(['bureau', 'inbox', 'card']),
  /** Numbers of lines, from 1. */
  owed: z.array(z.int()),
  /** First day of this part, where it has to wait for one. */
  opensOn: Day.optional(),
  /** Until when the newest part, handed out at this pharmacy, can be taken back. */
  takeBackUntil: Instant.optional(),
  refusal: Refusal.optional(),
});
export type PrescriptionView = z.infer<typeof PrescriptionView>;

/** A prescription of the work list. Its lines are opened only while this desk prepares it. */
export const OpenedWorkItem = z.strictObject({
  ...WorkItemDetail.shape,
  lines: z.array(MedicationLine),
  /** Why it could not be opened although this desk prepares it. */
  refusal: Refusal.exactOptional(),
});
export type OpenedWorkItem = z.infer<typeof OpenedWorkItem>;

/** Pharmacy: card in -> verified list -> dispensed. Before a card is in: the work list. */
export const PharmacyFlow = z.discriminatedUnion('step', [
  Idle,
  Working,
  z.strictObject({
    step: z.literal('work-list'),
    ...WorkListPage.shape,
    opened: OpenedWorkItem.exactOptional(),
    stages: z.array(Stage),
    refusal: Refusal.exactOptional(),
  }),
  z.strictObject({
    step: z.literal('listed'),
    prescriptions: z.array(PrescriptionView),
    /** Set where an agent collects: only what the warrant names is listed. */
    agent: AgentView.exactOptional(),
    /** The one whose pickup slip was scanned. */
    scanned: Id16.exactOptional(),
    stages: z.array(Stage),
    refusal: Refusal.optional(),
  }),
  z.strictObject({
    step: z.literal('dispensed'),
    prescription: PrescriptionView,
    /** What became of each line. */
    outcomes: z.array(LineOutcome),
    agent: AgentView.exactOptional(),
    paper: HandOutPaper,
    acknowledged: z.boolean(),
    stages: z.array(Stage),
  }),
  Refused,
]);
export type PharmacyFlow = z.infer<typeof PharmacyFlow>;
