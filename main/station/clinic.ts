/**
 * The clinic: both cards in -> opened -> signed. The flow of contract/station.ts, driven by intents of the screen.
 * @module
 */
import { dayOf } from '../../contract/calendar.ts';
import type { SlotView } from '../../contract/card-service.ts';
import type { ClinicFlow, VisitDraft } from '../../contract/clinic-desk.ts';
import { ImisError, refusalOf } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import type { PinWork } from '../../contract/pin-service.ts';
import type { SafetyReview } from '../../contract/safety.ts';
import type { Stage } from '../../contract/stage.ts';
import type { DeskState } from '../../contract/station.ts';
import type { OutboxItem } from '../../nhi-client/outbox.ts';
import { createCardWriting } from './card-writing.ts';
import { cardFingerprint, type OpenedVisit, openVisitWithBothCards } from './clinic-opening.ts';
import { demandAnswers, reviewDraft } from './clinic-safety.ts';
import { type SignedVisit, signVisit } from './clinic-signing.ts';
import { type ComfortSigning, createComfortSigning } from './comfort-signing.ts';
import { createDeskCore, refuse } from './desk-core.ts';
import { createDeskScreen } from './desk-screen.ts';
import { type DeskGroup, keepGroup, readyDoctor } from './doctor-signer.ts';
import { createIssued, type Issued } from './issued.ts';
import { newId } from './messages.ts';
import { createPinService, type PinService } from './pin-service.ts';
import type { DeskPorts, KeptSet } from './ports.ts';
import { createPrintCounts, slipSheet } from './print-counts.ts';
import { createStages } from './stages.ts';

export interface ClinicDesk {
  state(): DeskState & { desk: 'clinic' };
  /** Rejects with the codes of a PIN and of a card. */
  openComfort(pin: PinDigits, signal?: AbortSignal): Promise<void>;
  endComfort(): Promise<void>;
  settleConflict(id: string, note: string): Promise<void>;
  openPinService(work: PinWork): void;
  readonly pins: Pick<PinService, 'perform'>;
  openVisit(pin: PinDigits | undefined, signal?: AbortSignal): Promise<void>;
  /** What a draft meets stands in the state from then on. Rejects with STEP_OUT_OF_ORDER when no visit is open. */
  reviewVisit(draft: VisitDraft): void;
  signVisit(pin: PinDigits | undefined, draft: VisitDraft, signal?: AbortSignal): Promise<void>;
  /** What was issued here, and cancelling it. */
  readonly issued: Pick<Issued, 'open' | 'cancel'>;
  /** STEP_OUT_OF_ORDER when this is not what was signed last. */
  printed(rxId: string): Promise<void>;
  clear(): void;
  close(): void;
}

/** Creates the desk; `publish` is called with every new state. */
export async function createClinicDesk(ports: DeskPorts, publish: (state: DeskState) => void): Promise<ClinicDesk> {
  const { cards, clock, outbox } = ports;
  const forever = new AbortController().signal;
  let visit: OpenedVisit | undefined;
  /** What was shown of the draft that was reviewed last; of the open visit. */
  let reviewed: (SafetyReview & { readonly draft: VisitDraft }) | undefined;
  let looked = '';
  const screen = createDeskScreen<ClinicFlow>({ step: 'idle' }, () => publish(state()));
  const core = await createDeskCore(ports, () => publish(state()));
  // A PIN that is wrong, or set anew, ends what the old one opened.
  const pins = createPinService(core, (card) => (card === 'doctor' ? comfort.end() : Promise.resolve()));
  const beside = async (slot: string, signal: AbortSignal): Promise<void> => {
    await cards.patientMeetsDoctor({ slot, doctorSlot: core.cardOf('doctor').slot }, signal);
  };
  const prints = await createPrintCounts(ports, forever);
  const writing = await createCardWriting(ports, beside, forever);
  let stocked: DeskGroup | undefined;
  let stopStocking: (() => void) | undefined;
  /** Coupons of a card that has left are destroyed. */
  const forgetLeft = (group: DeskGroup | undefined): void => {
    const present = core.common().slots.filter((view) => view.state === 'ready' && view.kind === 'doctor');
    group?.shelf.keepOnly(new Set(present.map(({ slot, insertion }) => `${slot}#${insertion}`)));
  };
  const groupOf = keepGroup(ports);
  const comfort = createComfortSigning(ports, () => publish(state()));
  const state = (): DeskState & { desk: 'clinic' } => {
    const open = comfort.view();
    const beside = open === undefined ? {} : { comfort: open };
    return { desk: 'clinic', ...core.common(), flow: screen.flow(), ...beside };
  };
  const issued = createIssued({ core, screen, comfort, writing, groupOf, follow: () => follow() });
  const opened = (current: OpenedVisit, stages: Stage[]): ClinicFlow & { step: 'opened' } => ({
    step: 'opened',
    person: current.person,
    visitId: current.visitId,
    records: current.records,
    allergies: [...current.allergies],
    unreadableAllergies: current.unreadableAllergies,
    mayControl: current.mayControl,
    stages,
    ...(reviewed === undefined ? {} : { review: reviewed }),
  });

  /** Has the doctor allowed `count` signatures? By this PIN, else by comfort signing, which a PIN for one visit ends. */
  const allowed = async (
    card: SlotView,
    pin: PinDigits | undefined,
    count: number,
    signal: AbortSignal,
  ): Promise<ComfortSigning | undefined> => {
    if (pin === undefined) {
      await comfort.cover(card, count);
      return comfort;
    }
    await comfort.end();
    await cards.doctorVerifyPin({ slot: card.slot, pin }, signal);
    return undefined;
  };

  /** The refusal for a throw. A card that wants the PIN again has ended comfort signing, whatever we thought. */
  const refused = async (what: string, cause: unknown) => {
    if (refusalOf(cause).code === 'PIN_REQUIRED') await comfort.end();
    return refuse(core, what, cause);
  };

  const openComfort = async (pin: PinDigits, signal?: AbortSignal): Promise<void> => {
    core.mustRest();
    await core.alone(signal, async (running) => {
      await core.ordersDelivered();
      await comfort.open(core.cardOf('doctor'), pin, running);
    });
    follow();
  };

  const openVisit = async (pin: PinDigits | undefined, signal?: AbortSignal): Promise<void> => {
    core.mustRest();
    // Records are released once a visit: a second opening would be refused and the visit that is open lost.
    if (visit !== undefined) throw new ImisError('STEP_OUT_OF_ORDER', 'a visit is open at this desk');
    const show = screen.showing();
    let stages: Stage[] = [];
    const list = createStages(clock.now, (all) => {
      stages = all;
      show({ step: 'working', task: 'opening', stages });
    });
    try {
      await core.alone(signal, async (running) => {
        show({ step: 'working', task: 'opening', stages });
        const patientCard = core.cardOf('patient');
        const patient = patientCard.slot;
        const doctorCard = core.cardOf('doctor');
        await core.ordersDelivered();
        const covered = await allowed(doctorCard, pin, 1, running);
        const slots = { patient, doctor: { ...doctorCard, comfort: covered } };
        const material = await core.material(running);
        const group = await groupOf(material);
        const current = await openVisitWithBothCards(ports, material, group, slots, list.run, running);
        await writeWaiting(patientCard);
        reviewed = undefined;
        if (show(opened(current, list.all()))) visit = current;
        // While the doctor writes: what the signatures to come need of the host.
        stopStocking?.();
        stopStocking = ports.later(0, () => {
          forgetLeft(group);
          group.shelf.stock();
        });
        stocked = group;
      });
    } catch (cause) {
      show({ step: 'refused', refusal: await refused('opening', cause), stages });
    }
    follow();
  };

  /** The slot of the very card that was there at the opening. CARD_OTHER_PERSON when it is another. */
  const sameCard = async (current: OpenedVisit, signal: AbortSignal): Promise<string> => {
    const { slot } = core.cardOf('patient');
    const { signing } = await cards.patientCertificates({ slot }, signal);
    if (cardFingerprint(signing) !== cardFingerprint(current.certificate)) {
      throw new ImisError('CARD_OTHER_PERSON', 'another card than at the opening');
    }
    return slot;
  };

  /** Keeps what was signed, all or nothing, before any of it leaves. */
  const keepMessages = (current: OpenedVisit, signed: SignedVisit): Promise<readonly OutboxItem[]> => {
    const { presence } = current;
    const { prescription, reference } = signed;
    const record = { presence, id: newId(), route: 'record', body: { message: signed.recordMessage } } as const;
    if (prescription === undefined) return outbox.keep([{ ...record, reference }], forever);
    const { body } = prescription;
    const after = { presence, id: newId(), route: 'prescription', body, reference, needs: record.id } as const;
    return outbox.keep([record, after], forever);
  };

  /** Not to be cancelled: what is signed goes out whole, or waits whole in the outbox. */
  const send = async (items: readonly OutboxItem[], run: ReturnType<typeof createStages>['run']): Promise<boolean> => {
    const [record, prescription] = items;
    if (record === undefined) throw new Error('a visit without a record');
    const sent = await run('send-record', '9', () => outbox.deliver(record, undefined, forever));
    if (prescription === undefined) return sent !== undefined;
    const alsoSent = await run('send-prescription', '10', () => outbox.deliver(prescription, undefined, forever));
    // It is sent after the record or not at all.
    return alsoSent !== undefined;
  };

  const review = (current: OpenedVisit, { overrides: _answers, ...draft }: VisitDraft) => ({
    draft,
    ...reviewDraft(ports, current, draft),
  });

  const reviewVisit = (draft: VisitDraft): void => {
    core.mustRest();
    const flow = screen.flow();
    if (visit === undefined || flow.step !== 'opened') throw new ImisError('STEP_OUT_OF_ORDER', 'no visit is open');
    reviewed = review(visit, draft);
    screen.showing()(opened(visit, flow.stages));
  };

  /** The prescription as it goes on paper. */
  const slipOf = ({ rxId, opens, onCard: { record } }: NonNullable<SignedVisit['prescription']>, visitId: string) => ({
    rxId,
    slip: {
      rxId,
      visitId,
      pharmacy: record.pharmacy,
      issued: dayOf(record.issued * 1000),
      expires: dayOf(record.expires * 1000),
      opens: [...opens],
      printed: prints.of(slipSheet({ rxId })),
    },
  });

  const printed = async (rxId: string): Promise<void> => {
    const flow = screen.flow();
    if (flow.step !== 'signed' || flow.slip?.rxId !== rxId)
      throw new ImisError('STEP_OUT_OF_ORDER', 'no slip of this prescription can be printed now');
    await prints.add([slipSheet(flow.slip)], forever);
    // The card may have been written meanwhile, or the desk cleared.
    const now = screen.flow();
    if (now.step === 'signed' && now.slip?.rxId === rxId)
      screen.set({ ...now, slip: { ...now.slip, printed: prints.of(slipSheet(now.slip)) } });
  };

  const sign = async (pin: PinDigits | undefined, draft: VisitDraft, signal?: AbortSignal): Promise<void> => {
    core.mustRest();
    const current = visit;
    if (current === undefined) throw new ImisError('STEP_OUT_OF_ORDER', 'no visit is open');
    const show = screen.showing();
    let stages: Stage[] = [];
    const list = createStages(clock.now, (all) => {
      stages = all;
      // The content stays on screen while it is being signed (product.md 4): the flow stays "opened" with its steps.
      show(opened(current, stages));
    });
    try {
      await core.alone(signal, async (running) => {
        if (draft.lines.length > 0 && draft.pharmacy === undefined)
          throw new ImisError('REQUEST_MALFORMED', 'a prescription without a pharmacy');
        // Before any PIN: an unanswered draft costs no try. What is found now counts, and is on the screen whatever comes of it.
        const shown = new Set(reviewed?.findings.map(({ id }) => id));
        reviewed = review(current, draft);
        const { findings } = reviewed;
        demandAnswers(findings, draft, shown);
        const patientSlot = await sameCard(current, running);
        const doctorCard = core.cardOf('doctor');
        const purposes = draft.lines.length === 0 ? (['record'] as const) : (['record', 'prescription'] as const);
        const covered = await allowed(doctorCard, pin, purposes.length, running);
        await beside(patientSlot, running);
        const material = await core.material(running);
        const group = await groupOf(material);
        const session = { ...doctorCard, purposes, comfort: covered };
        const doctor = await readyDoctor(ports, group, material, session, running);
        const context = { ports, material, group, doctor, visit: current, patientSlot, run: list.run };
        const signed = await signVisit(context, { draft, findings }, running);
        running.throwIfAborted();
        // The set first: without its messages it comes to nothing, while messages without their set would never reach the card.
        const set = await writing.keep(current, signed, forever);
        await issued.keep(current, signed, draft);
        const items = await keepMessages(current, signed);
        await stageOnCard(set, patientSlot, list.run);
        let acknowledged: boolean;
        try {
          acknowledged = await send(items, list.run);
        } catch (cause) {
          await writing.abandon(patientSlot, set, forever);
          await issued.drop(signed);
          throw cause;
        }
        // From here on the visit is signed, whatever becomes of the card.
        if (visit === current) visit = undefined;
        if (acknowledged) await writing.accepted(set, forever);
        const onCard = await writeToCard(signed, list.run);
        show({
          step: 'signed',
          person: current.person,
          recordId: signed.recordId,
          ...(signed.prescription === undefined ? {} : slipOf(signed.prescription, signed.visitOnCard.visitId)),
          fingerprint: signed.fingerprint,
          acknowledged,
          onCard,
          cancelled: false,
          stages: list.all(),
        });
        reviewed = undefined;
      });
    } catch (cause) {
      show({ ...opened(current, stages), refusal: await refused('signing', cause) });
    }
    follow();
    await core.countWaiting();
  };

  /** Eq 11 up to its commit. A card that has left by then changes nothing: what is signed is sent, and the set waits for the card. */
  const stageOnCard = async (
    set: KeptSet,
    slot: string,
    run: ReturnType<typeof createStages>['run'],
  ): Promise<void> => {
    try {
      await run('stage-card', '11', () => writing.stage(slot, set, forever));
    } catch (cause) {
      refuse(core, 'stage on card', cause);
    }
  };

  /** Eq 11. What the bureau has stands; a card that left early gets its set when it comes back, and the screen says so. */
  const writeToCard = async (signed: SignedVisit, run: ReturnType<typeof createStages>['run']): Promise<boolean> => {
    try {
      await run('write-card', '11', async () => {
        const { slot, insertion } = core.cardOf('patient');
        looked = `${slot}#${insertion}`;
        const written = await writing.catchUp(slot, forever);
        if (!written.includes(signed.recordId))
          throw new ImisError('CARD_OTHER_PERSON', 'another card than at the opening');
      });
      return true;
    } catch (cause) {
      refuse(core, 'write to card', cause);
      return false;
    }
  };

  /** What waits for this card: it could not be written while no doctor's card had proved itself beside it. */
  const writeWaiting = async ({ slot, insertion }: SlotView): Promise<void> => {
    looked = `${slot}#${insertion}`;
    if (!writing.waiting()) return;
    try {
      await writing.catchUp(slot, forever);
    } catch (cause) {
      refuse(core, 'write to card', cause);
    }
  };

  /** A card that comes back gets what waits for it. */
  const catchUp = async (slot: string): Promise<void> => {
    const show = screen.showing();
    try {
      await core.alone(undefined, async () => {
        const written = await writing.catchUp(slot, forever);
        const flow = screen.flow();
        if (flow.step === 'signed' && written.includes(flow.recordId)) show({ ...flow, onCard: true });
      });
    } catch (cause) {
      refuse(core, 'write to card', cause);
    }
    follow();
  };
  const follow = (): void => {
    if (!writing.waiting() || core.busy() || core.pinService() !== undefined) return;
    const patient = core.common().slots.find((view) => view.state === 'ready' && view.kind === 'patient');
    if (patient === undefined || looked === `${patient.slot}#${patient.insertion}`) return;
    looked = `${patient.slot}#${patient.insertion}`;
    void catchUp(patient.slot);
  };
  core.onSlots((slots) => {
    comfort.follow(slots);
    forgetLeft(stocked);
    issued.followSlots(slots);
    follow();
  });

  return {
    state,
    pins,
    settleConflict: core.settleConflict,
    openPinService: (work) => {
      if (visit !== undefined) throw new ImisError('STEP_OUT_OF_ORDER', 'a visit is open at this desk');
      pins.open(work);
      screen.clear();
    },
    openComfort,
    endComfort: async () => {
      core.mustRest();
      await comfort.end();
    },
    openVisit,
    reviewVisit,
    signVisit: sign,
    issued,
    printed,
    clear: () => {
      core.cancel();
      pins.close();
      visit = undefined;
      reviewed = undefined;
      screen.clear();
    },
    close: () => {
      comfort.close();
      core.close();
    },
  };
}
