/**
 * Cancelling at the clinic (product.md 3 and 4): what this desk issued is kept here, sealed like all it keeps, until it is over, so that a
 * doctor may cancel it when the patient has long left. The cancellation is group-signed (purpose 06): it says that a doctor of this
 * institution wants it so, and not which.
 * @module
 */
import { instantOf } from '../../contract/calendar.ts';
import type { SlotView } from '../../contract/card-service.ts';
import type { ClinicFlow, VisitDraft } from '../../contract/clinic-desk.ts';
import { ImisError, refusalOf } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import type { IssuedScope } from '../../contract/issued.ts';
import type { Cancellation } from '../../contract/messages.ts';
import type { Stage } from '../../contract/stage.ts';
import { fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { seal } from '../../crypto/envelope/seal.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import type { CardWriting } from './card-writing.ts';
import type { OpenedVisit } from './clinic-opening.ts';
import type { SignedVisit } from './clinic-signing.ts';
import type { ComfortSigning } from './comfort-signing.ts';
import { deliverOrders } from './deliver-orders.ts';
import { type DeskCore, refuse } from './desk-core.ts';
import type { DeskScreen } from './desk-screen.ts';
import { type DeskGroup, readyDoctor, signAsGroup } from './doctor-signer.ts';
import { heard, type IssueStanding, issuedView, issuesOn, outOfDate } from './issued-list.ts';
import type { TrustedMaterial } from './material.ts';
import type { KeptIssue } from './ports.ts';
import { createStages, type RunStage } from './stages.ts';

/** What the desk lends. */
export interface IssuedParts {
  readonly core: DeskCore;
  readonly screen: DeskScreen<ClinicFlow>;
  readonly comfort: ComfortSigning;
  readonly writing: CardWriting;
  readonly groupOf: (material: TrustedMaterial) => Promise<DeskGroup>;
  /** Called after every piece of work: a card may have come meanwhile. */
  readonly follow: () => void;
}

export interface Issued {
  /** Keeps what a visit prescribes, before it is sent. */
  keep(visit: OpenedVisit, signed: SignedVisit, draft: VisitDraft): Promise<void>;
  /** The bureau did not take it. */
  drop(signed: SignedVisit): Promise<void>;
  open(
    wanted: { readonly scope: IssuedScope; readonly page: number },
    pin: PinDigits | undefined,
    signal?: AbortSignal,
  ): Promise<void>;
  cancel(rxId: string, reason: string, pin: PinDigits, signal?: AbortSignal): Promise<void>;
  /** The list goes with the doctor's card. */
  followSlots(slots: readonly SlotView[]): void;
}

type Listed = ClinicFlow & { readonly step: 'issued' };
type Signed = ClinicFlow & { readonly step: 'signed' };

const isAway = (cause: unknown): boolean => refusalOf(cause).code === 'BUREAU_UNREACHABLE';

/** Creates it on the desk's own screen. */
export function createIssued({ core, screen, comfort, writing, groupOf, follow }: IssuedParts): Issued {
  const { ports } = core;
  const { cards, bureau, store, clock, terminal } = ports;
  const forever = new AbortController().signal;
  /** The stay of the doctor's card for which the list is open. */
  let openFor = '';

  const stayOf = ({ slot, insertion }: SlotView): string => `${slot}#${insertion}`;

  /** The bureau's word of one; without a line, or where it was never received, that. */
  const standingOf = async ({ rxId }: KeptIssue, signal: AbortSignal): Promise<IssueStanding> => {
    try {
      const { state, used } = await bureau.prescriptionStatus({ params: { rxId } }, signal);
      return { state, used };
    } catch (cause) {
      if (isAway(cause)) return { state: 'unknown', used: 0 };
      if (refusalOf(cause).code === 'RX_NOT_FOUND') return { state: 'not-there', used: 0 };
      throw cause;
    }
  };

  const listOf = async (
    wanted: { readonly scope: IssuedScope; readonly page: number },
    signal: AbortSignal,
  ): Promise<Omit<Listed, 'stages'>> => {
    const now = clock.now();
    const all = await store.issues(signal);
    for (const { rxId } of outOfDate(all, now)) await store.dropIssue(rxId, signal);
    const { items, ...page } = issuesOn(all, wanted, now);
    const views = await Promise.all(
      items.map(async (issue) => {
        const standing = await standingOf(issue, signal);
        const next = heard(issue, standing, now);
        if (next !== issue) await store.keepIssue(next, forever);
        return issuedView(issue, standing);
      }),
    );
    return { step: 'issued', scope: wanted.scope, items: views, ...page };
  };

  /** Who asks for the list holds a doctor's card and knows its PIN, or has shown so. */
  const mayRead = async (pin: PinDigits | undefined, signal: AbortSignal): Promise<void> => {
    const card = core.cardOf('doctor');
    await core.ordersDelivered();
    if (pin === undefined) {
      if (openFor !== stayOf(card)) await comfort.cover(card, 0);
    } else {
      await comfort.end();
      await cards.doctorVerifyPin({ slot: card.slot, pin }, signal);
      // It was asked who is there, and nothing is signed.
      await cards.doctorEndSession({ slot: card.slot }, signal);
    }
    openFor = stayOf(card);
  };

  const sign = async (
    issue: KeptIssue,
    reason: string,
    pin: PinDigits,
    run: RunStage,
    signal: AbortSignal,
  ): Promise<string> => {
    const card = core.cardOf('doctor');
    await core.ordersDelivered();
    await comfort.end();
    await cards.doctorVerifyPin({ slot: card.slot, pin }, signal);
    const material = await core.material(signal);
    const group = await groupOf(material);
    return run('sign-cancellation', '', async () => {
      const session = { ...card, purposes: ['cancellation'], comfort: undefined } as const;
      const doctor = await readyDoctor(ports, group, material, session, signal);
      const payload: Cancellation = {
        type: 'cancellation',
        version: 1,
        institution: terminal.institution,
        keyId: hex(group.key.pkh),
        rxId: issue.rxId,
        reason,
      };
      const what = {
        purpose: 'cancellation',
        contentType: IMIS_OID.jsonContent,
        content: utf8(JSON.stringify(payload)),
        aud: keyIdentifier(material.encryption.spki),
        pid: fromHex(issue.pid),
        sid: fromHex(issue.rxId),
        certificates: [],
      } as const;
      const message = await signAsGroup(ports, group, material, doctor, what, signal);
      return toBase64(seal(message, [{ certificate: material.encryption.der }]));
    });
  };

  /** A card that is here learns it at once; any other with its next insertion. */
  const tellCard = async (run: RunStage): Promise<void> => {
    const patient = core.common().slots.find((view) => view.state === 'ready' && view.kind === 'patient');
    if (patient === undefined) return;
    try {
      await run('write-card', '', () => deliverOrders(ports, patient.slot, forever));
    } catch (cause) {
      refuse(core, 'orders to a card', cause);
    }
  };

  /** What is on the screen and holds this prescription. STEP_OUT_OF_ORDER. */
  const shown = (rxId: string): Listed | Signed => {
    core.mustRest();
    const flow = screen.flow();
    if (flow.step === 'issued' && flow.items.some((item) => item.rxId === rxId)) return flow;
    if (flow.step === 'signed' && flow.rxId === rxId && !flow.cancelled) return flow;
    throw new ImisError('STEP_OUT_OF_ORDER', 'nothing of this prescription can be cancelled now');
  };

  /** A refusal may say that it stands otherwise than the list said; what cannot be asked stays as it was. */
  const asItIsNow = async (flow: Listed | Signed): Promise<Listed | Signed> => {
    if (flow.step === 'signed') return flow;
    try {
      return { ...(await listOf(flow, forever)), stages: [] };
    } catch (cause) {
      refuse(core, 'issued', cause);
      return flow;
    }
  };

  return {
    keep: async (visit, { prescription }, draft) => {
      if (prescription === undefined) return;
      const { rxId, onCard } = prescription;
      const { parts, controlled, pharmacy, issued } = onCard.record;
      const issue: KeptIssue = {
        version: 1,
        rxId,
        pid: visit.pid,
        visitId: visit.visitId,
        person: visit.person,
        at: instantOf(issued * 1000),
        expires: prescription.expires,
        pharmacy,
        parts,
        controlled,
        lines: draft.lines,
      };
      await store.keepIssue(issue, forever);
    },
    drop: async ({ prescription }) => {
      if (prescription !== undefined) await store.dropIssue(prescription.rxId, forever);
    },
    open: async (wanted, pin, signal) => {
      core.mustRest();
      const before = screen.flow();
      if (before.step === 'opened') throw new ImisError('STEP_OUT_OF_ORDER', 'a visit is open at this desk');
      if (before.step !== 'issued') openFor = '';
      const show = screen.showing();
      let stages: Stage[] = [];
      const list = createStages(clock.now, (all) => {
        stages = all;
        show({ step: 'working', task: 'issued', stages });
      });
      try {
        await core.alone(signal, async (running) => {
          show({ step: 'working', task: 'issued', stages });
          await mayRead(pin, running);
          const listed = await list.run('fetch-issued', '', () => listOf(wanted, running));
          show({ ...listed, stages: list.all() });
        });
      } catch (cause) {
        openFor = '';
        show({ step: 'refused', refusal: refuse(core, 'issued', cause), stages });
      }
      followSlots(core.common().slots);
      follow();
    },
    cancel: async (rxId, reason, pin, signal) => {
      const { refusal: _before, ...flow } = shown(rxId);
      const show = screen.showing();
      let stages: Stage[] = [];
      const list = createStages(clock.now, (all) => {
        stages = all;
        show({ ...flow, stages });
      });
      try {
        await core.alone(signal, async (running) => {
          const issue = (await store.issues(running)).find((one) => one.rxId === rxId);
          if (issue === undefined) throw new ImisError('NOT_FOUND', 'not among what is kept here');
          // Off line nobody can be told, and then the PIN is not asked of the card either.
          await list.run('fetch-issued', '', () => bureau.prescriptionStatus({ params: { rxId } }, running));
          const message = await sign(issue, reason, pin, list.run, running);
          await list.run('send-cancellation', '', () => bureau.cancellation({ body: { message } }, forever));
          await writing.withdraw(rxId, forever);
          await tellCard(list.run);
          if (flow.step === 'signed') show({ ...flow, cancelled: true, stages: list.all() });
          else {
            const after = await listOf(flow, forever);
            show({ ...after, cancelled: rxId, stages: list.all() });
          }
        });
      } catch (cause) {
        const refusal = refuse(core, 'cancel', cause);
        show({ ...(await asItIsNow(flow)), stages, refusal });
      }
      followSlots(core.common().slots);
      follow();
    },
    followSlots,
  };

  function followSlots(slots: readonly SlotView[]): void {
    if (core.busy() || screen.flow().step !== 'issued') return;
    if (slots.some((view) => view.state === 'ready' && view.kind === 'doctor' && stayOf(view) === openFor)) return;
    openFor = '';
    screen.set({ step: 'idle' });
  }
}
