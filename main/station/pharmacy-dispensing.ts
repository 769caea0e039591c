/**
 * Dispensing at the pharmacy (eq 17): the card or its agent collects, the pharmacist signs, the bureau comes to know, now or when it is back;
 * and a dispensing taken back.
 * @module
 */
import { dayOf } from '../../contract/calendar.ts';
import { ImisError } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import type { LineOutcome } from '../../contract/messages.ts';
import type { PharmacyFlow, PrescriptionView } from '../../contract/pharmacy-desk.ts';
import type { RefillException } from '../../contract/prescription-state.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { verifyRawP256 } from '../../crypto/pki/ecdsa-signature.ts';
import { collectWith, hasAgentSigned, papersOf, shownAgent } from './agent-counter.ts';
import { deliverOrders } from './deliver-orders.ts';
import type { DeskCore } from './desk-core.ts';
import type { DeskScreen } from './desk-screen.ts';
import { healthCardOf } from './health-cards.ts';
import { newId } from './messages.ts';
import { type Chosen, type Counter, type PharmacyCounter, pickupReference } from './pharmacy-counter.ts';
import type { LookUp } from './pharmacy-look-up.ts';
import { signDispensing, signUndispensing } from './pharmacy-signing.ts';
import type { VerifiedPrescription } from './pharmacy-verifying.ts';
import type { BegunPickup } from './ports.ts';
import { handOutPaper, type PrintCounts } from './print-counts.ts';
import { requireOperator, requireToken } from './sign-on.ts';
import type { StageList } from './stages.ts';

/** What becomes of a part at the counter. */
export interface HandOut {
  /** Left out: everything is given. */
  readonly lines?: readonly LineOutcome[];
  readonly exception?: RefillException;
  /** The holder's, where the card asks for it. */
  readonly pin?: PinDigits;
}

/** What the desk lends. */
export interface DispensingParts {
  readonly core: DeskCore;
  readonly screen: DeskScreen<PharmacyFlow>;
  readonly counter: PharmacyCounter;
  readonly prints: PrintCounts;
  readonly lookUp: LookUp;
}

export interface Dispensing {
  dispense(rxId: string, handOut: HandOut, signal?: AbortSignal): Promise<void>;
  takeBack(rxId: string, reason: string, signal?: AbortSignal): Promise<void>;
}

/** Creates it on the desk's own screen. */
export function createDispensing({ core, screen, counter, prints, lookUp }: DispensingParts): Dispensing {
  const { ports } = core;
  const { bureau, cards, outbox, store, clock } = ports;
  const forever = new AbortController().signal;
  const { begun, locks, finish, choose, work, lock } = counter;

  /** The card's pickup object and signature, checked before the pharmacist signs for it. */
  const collect = async (
    current: Counter,
    slot: string,
    rxId: string,
    prescription: VerifiedPrescription,
    part: number,
    signal: AbortSignal,
  ) => {
    const nonce = begun.get(rxId)?.nonce ?? secureRng(32);
    const pickup: BegunPickup = { version: 1, rxId, part, nonce };
    // Before the card is asked: once it has answered, only the same nonce brings the answer again.
    await store.keepPickup(pickup, signal);
    begun.set(rxId, pickup);
    const { agent, certificate } = current;
    const request = { slot, rxId, part, rxHash: prescription.rxHash, nonce };
    const collected = await collectWith(core, request, agent, signal);
    const isSigned =
      agent === undefined
        ? verifyRawP256(certificate.spki, collected.pickupObject, collected.signature)
        : hasAgentSigned(agent, certificate, collected);
    if (!isSigned) {
      throw new ImisError('SIGNATURE_INVALID', 'the card did not sign this pickup');
    }
    return collected;
  };

  /** The secret of the lock for a part, taken now where there is none; undefined while the bureau is away. */
  const secretFor = async (
    { view }: Chosen,
    list: StageList,
    exception: RefillException | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> => {
    const held = locks.get(view.rxId);
    // The card gave this part away before: it is not locked any more, or was never. Off line there is nobody to ask.
    const mayAsk = core.common().bureau.online && core.operator()?.token !== undefined;
    if (held !== undefined || begun.has(view.rxId) || !mayAsk) return held?.secret;
    try {
      const ask = { recover: false, ...(exception === undefined ? {} : { exception }) };
      return (await list.run('accept-prescription', '16', () => lock(view.rxId, ask, signal))).secret;
    } catch (cause) {
      if (cause instanceof ImisError && cause.code === 'BUREAU_UNREACHABLE') return undefined;
      throw cause;
    }
  };

  const allGiven = ({ view }: Chosen): readonly LineOutcome[] =>
    view.lines
      .map((_, i) => ({ line: i + 1, outcome: 'given' as const }))
      .filter(({ line }) => view.state !== 'owing' || view.owed.includes(line));

  const dispense = async (rxId: string, handOut: HandOut, signal?: AbortSignal): Promise<void> => {
    const { exception, pin } = handOut;
    const chosen = choose(rxId, exception === undefined ? ['ready', 'accepted', 'owing'] : ['early']);
    const { current, view, prescription } = chosen;
    const lines = handOut.lines ?? allGiven(chosen);
    if (lines.some(({ line }) => line > view.lines.length))
      throw new ImisError('REQUEST_MALFORMED', 'no such line in this prescription');
    await work('dispense', chosen, signal, async (running, list, show) => {
      const { token, slot: staffSlot } = requireOperator(core);
      const { slot } = await healthCardOf(core, current.certificate, running);
      const material = await core.material(running);
      const rest = view.state === 'owing' ? current.owing.get(rxId) : undefined;
      // Before anything is locked: who cannot give the PIN has changed nothing.
      if (view.asksPin && current.agent === undefined && pin === undefined)
        throw new ImisError('PIN_REQUIRED', 'the card gives this one only after its PIN');
      if (pin !== undefined) await cards.patientVerifyPin({ slot, pin }, running);
      const secret = rest === undefined ? await secretFor(chosen, list, exception, running) : undefined;
      const signed =
        rest ??
        (await list.run('card-collects', '17', async () => {
          const collected = await collect(current, slot, rxId, prescription, view.part, running);
          return {
            pickupObject: toBase64(collected.pickupObject),
            pickupSignature: toBase64(collected.signature),
          };
        }));
      const { pickupObject, pickupSignature } = signed;
      const agent = current.agent === undefined ? undefined : papersOf(current.agent);
      const about = { rxId, part: view.part, pickupObject, pickupSignature, lines, secret, exception, agent };
      const message = await list.run('pharmacist-signs', '17', () =>
        signDispensing(ports, material, staffSlot, about, running),
      );
      const ack = await list.run('send-pickup', '17', () => {
        // Not to be cancelled: the card has given its signature, the bureau must come to know.
        const reference = pickupReference(rxId, view.part);
        return outbox.submit({ id: newId(), route: 'pickup', body: { message }, reference }, token, forever);
      });
      await finish(rxId);
      const settled = new Set(lines.map(({ line }) => line));
      const before = view.state === 'owing' ? view.owed : view.lines.map((_, i) => i + 1);
      const owed = before.filter((line) => !settled.has(line));
      const done: PrescriptionView = { ...view, owed, state: owed.length > 0 ? 'owing' : 'collected' };
      if (counter.current() === current) counter.set(undefined);
      const outcomes = [...lines];
      const paper = handOutPaper(prints, done, outcomes, dayOf(clock.now()));
      show({
        step: 'dispensed',
        prescription: done,
        outcomes,
        paper,
        acknowledged: ack !== undefined,
        stages: list.all(),
        ...shownAgent(current.agent),
      });
    });
  };

  const takeBack = async (rxId: string, reason: string, signal?: AbortSignal): Promise<void> => {
    const chosen = choose(rxId, ['owing', 'collected', 'early', 'ready']);
    const { view } = chosen;
    if (view.takeBackUntil === undefined)
      throw new ImisError('STEP_OUT_OF_ORDER', 'nothing was handed out here that can be taken back');
    const { state } = view;
    const part = state === 'owing' || state === 'collected' ? view.part : view.part - 1;
    await work('take back', chosen, signal, async (running, list) => {
      const { slot: staffSlot } = requireOperator(core);
      const token = requireToken(core);
      const { slot } = core.cardOf('patient');
      const material = await core.material(running);
      await list.run('take-back', '17', async () => {
        const message = await signUndispensing(ports, material, staffSlot, { rxId, part, reason }, running);
        await bureau.undispensing({ operator: token, body: { message } }, forever);
      });
      await finish(rxId);
      // The card is here: it learns at once that the part is to be collected again.
      await list.run('write-card', '17', () => deliverOrders(ports, slot, running));
    });
    // What the card and the bureau say now.
    if (screen.flow().step === 'listed' && !('refusal' in screen.flow())) await lookUp(signal, chosen.current.agent);
  };

  return { dispense, takeBack };
}
