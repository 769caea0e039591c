/**
 * The pharmacy: card in -> verified list (eq 16) -> dispensed (eq 17). Looks up by itself when a patient's card comes in and the
 * pharmacist is signed on.
 * @module
 */

import { dayOf, instantOf } from '../../contract/calendar.ts';
import type { PrescriptionOnCard } from '../../contract/card-service.ts';
import { type ErrorCode, ImisError } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import type { Pickup } from '../../contract/messages.ts';
import type { DeskState, PharmacyFlow, PinWork, PrescriptionView, Stage } from '../../contract/station.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { seal } from '../../crypto/envelope/seal.ts';
import { verifyRawP256 } from '../../crypto/pki/ecdsa-signature.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { hasAgentSigned, type IdentifiedAgent, namedRecords, papersOf, shownAgent } from './agent-counter.ts';
import { type AgentService, createAgentService } from './agent-service.ts';
import { createDeskCore, refuse } from './desk-core.ts';
import { createDeskScreen } from './desk-screen.ts';
import { type DeskGroup, keepGroup } from './doctor-signer.ts';
import { type TrustedMaterial, trustPatient } from './material.ts';
import { cardSigner, newId, signForBureau } from './messages.ts';
import { type SealedPrescription, type VerifiedPrescription, verifyPrescription } from './pharmacy-verifying.ts';
import { createPinService, type PinService } from './pin-service.ts';
import type { BegunPickup, DeskPorts } from './ports.ts';
import { settleOpenSet } from './settle-set.ts';
import { requireOperator, signOn } from './sign-on.ts';
import { createStages } from './stages.ts';

export interface PharmacyDesk {
  state(): DeskState & { desk: 'pharmacy' };
  signOn(pin: PinDigits, signal?: AbortSignal): Promise<void>;
  signOff(): void;
  lookUp(signal?: AbortSignal): Promise<void>;
  dispense(rxId: string, signal?: AbortSignal): Promise<void>;
  /** The agent of a warrant, by that agent's PIN: what the warrant names is looked up. */
  collectAsAgent(serial: string, pin: PinDigits, signal?: AbortSignal): Promise<void>;
  openPinService(work: PinWork): void;
  readonly pins: Pick<PinService, 'perform'>;
  readonly agents: AgentService;
  clear(): void;
  close(): void;
}

/** How long the result of a hand-out stays after the card has left, ms. */
const LINGER_MS = 60_000;

/** Codes with which card or bureau says that a part is gone. */
const GONE: ReadonlySet<ErrorCode> = new Set(['RX_COLLECTED', 'CARD_ALREADY_USED']);

/** What this desk holds of the patient before it. */
interface Counter {
  readonly certificate: Certificate;
  readonly verified: ReadonlyMap<string, VerifiedPrescription>;
  readonly views: PrescriptionView[];
  /** Who collects in the patient's place. */
  readonly agent: IdentifiedAgent | undefined;
}

/** By what the outbox knows a pickup. */
const pickupReference = (rxId: string, part: number): string => `pickup/${rxId}/${part}`;

const partOf = (record: PrescriptionOnCard): number => Math.min(record.used + 1, record.parts);

const viewOf = (record: PrescriptionOnCard, part: number): PrescriptionView => ({
  rxId: record.rxId,
  issued: dayOf(record.issued * 1000),
  expires: dayOf(record.expires * 1000),
  part,
  parts: record.parts,
  lines: [],
  state: record.status === 'collected' ? 'collected' : 'refused',
});

/** Creates the desk; `publish` is called with every new state. */
export async function createPharmacyDesk(ports: DeskPorts, publish: (state: DeskState) => void): Promise<PharmacyDesk> {
  const { cards, bureau, outbox, store, terminal, clock } = ports;
  const forever = new AbortController().signal;
  let counter: Counter | undefined;
  let served = '';
  let stopLinger: (() => void) | undefined;
  /** By R_X_ID; outlives the patient's stay and this process, for card or power may have gone in the middle. */
  const begun = new Map<string, BegunPickup>();
  for (const pickup of await store.begunPickups(forever)) {
    // It reached the outbox, and the power went before this was noted.
    const isKept = (await outbox.stateOf(pickupReference(pickup.rxId, pickup.part), forever)) !== 'absent';
    if (isKept) await store.dropPickup(pickup.rxId, forever);
    else begun.set(pickup.rxId, pickup);
  }
  const finish = async (rxId: string): Promise<void> => {
    begun.delete(rxId);
    await store.dropPickup(rxId, forever);
  };
  const screen = createDeskScreen<PharmacyFlow>({ step: 'idle' }, () => {
    stopLinger?.();
    stopLinger = undefined;
    publish(state());
  });
  const core = await createDeskCore(ports, () => publish(state()));
  const pins = createPinService(core, async () => undefined);
  const agents = createAgentService(core, { delegates: false });
  const groupOf = keepGroup(ports);
  const state = (): DeskState & { desk: 'pharmacy' } => ({ desk: 'pharmacy', ...core.common(), flow: screen.flow() });

  /** One prescription of the card: fetched, opened, verified; or shown with the reason why not. */
  const examine = async (
    record: PrescriptionOnCard,
    fetched: SealedPrescription | ImisError,
    context: {
      material: TrustedMaterial;
      group: DeskGroup;
      certificate: Certificate;
      verified: Map<string, VerifiedPrescription>;
    },
    signal: AbortSignal,
  ): Promise<PrescriptionView> => {
    const open = begun.get(record.rxId);
    const view = viewOf(record, open?.part ?? partOf(record));
    // What the card gave away and this desk could not finish is still to be handed out.
    const isReady = record.status === 'open' || open !== undefined;
    try {
      if (record.pharmacy !== terminal.institution)
        throw new ImisError('RX_OTHER_PHARMACY', 'designated to another pharmacy');
      if (fetched instanceof ImisError) throw fetched;
      const { material, group, certificate, verified } = context;
      const prescription = await verifyPrescription(ports, material, group, fetched, certificate, signal);
      if (hex(prescription.rxHash).slice(0, 32) !== record.hash16)
        throw new ImisError('RX_ALTERED', 'the card holds another signature');
      verified.set(record.rxId, prescription);
      return { ...view, lines: [...prescription.lines], state: isReady ? 'ready' : view.state };
    } catch (cause) {
      signal.throwIfAborted();
      return {
        ...view,
        state: record.status === 'collected' ? 'collected' : 'refused',
        refusal: refuse(core, 'verify prescription', cause),
      };
    }
  };

  const fetchItem = async (
    rxId: string,
    token: string,
    signal: AbortSignal,
  ): Promise<SealedPrescription | ImisError> => {
    try {
      return await bureau.inboxItem({ operator: token, params: { rxId } }, signal);
    } catch (cause) {
      // What concerns this one prescription is shown on its line; what concerns the desk stops the look-up.
      if (cause instanceof ImisError && cause.code.startsWith('RX_')) return cause;
      throw cause;
    }
  };

  const lookUp = async (signal?: AbortSignal, agent?: IdentifiedAgent): Promise<void> => {
    core.mustRest();
    const show = screen.showing();
    let stages: Stage[] = [];
    const list = createStages(clock.now, (all) => {
      stages = all;
      show({ step: 'working', task: 'looking-up', stages });
    });
    try {
      await core.alone(signal, async (running) => {
        counter = undefined;
        show({ step: 'working', task: 'looking-up', stages });
        const { slot, insertion } = core.cardOf('patient');
        served = `${slot}#${insertion}`;
        await core.ordersDelivered();
        const { token } = requireOperator(core);
        const material = await core.material(running);
        const group = await groupOf(material);
        const { certificate, records } = await list.run('read-card', '', async () => {
          const { signing } = await cards.patientCertificates({ slot }, running);
          const trusted = trustPatient(material, signing, clock.now(), 'patient-signing');
          await settleOpenSet(ports, slot, { aboutToWrite: false }, running);
          const all = await cards.patientPrescriptions({ slot }, running);
          const known = all.filter((record) => record.status !== 'cancelled');
          const mine = { ports, material, certificate: trusted };
          return { certificate: trusted, records: agent === undefined ? known : namedRecords(mine, agent, known) };
        });
        const fetched = await list.run('fetch-prescription', '10', async () => {
          const items = new Map<string, SealedPrescription | ImisError>();
          for (const record of records) {
            if (record.pharmacy === terminal.institution)
              items.set(record.rxId, await fetchItem(record.rxId, token, running));
          }
          return items;
        });
        const verified = new Map<string, VerifiedPrescription>();
        const views = await list.run('verify-prescription', '16', async () => {
          const context = { material, group, certificate, verified };
          return Promise.all(
            records.map((record) => {
              const item = fetched.get(record.rxId) ?? new ImisError('RX_NOT_FOUND', 'not in the inbox');
              return examine(record, item, context, running);
            }),
          );
        });
        if (show({ step: 'listed', prescriptions: views, stages: list.all(), ...shownAgent(agent) }))
          counter = { certificate, verified, views, agent };
      });
    } catch (cause) {
      show({ step: 'refused', refusal: refuse(core, 'look-up', cause), stages });
    }
    follow();
  };

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
    const request = {
      slot,
      rxId,
      part,
      rxHash: prescription.rxHash,
      nonce,
      ...(current.agent === undefined ? {} : { proxySlot: current.agent.held.proxySlot }),
    };
    const collected = await cards.patientConsume(request, signal);
    const { agent, certificate } = current;
    const isSigned =
      agent === undefined
        ? verifyRawP256(certificate.spki, collected.pickupObject, collected.signature)
        : hasAgentSigned(agent, certificate, collected);
    if (!isSigned) {
      throw new ImisError('SIGNATURE_INVALID', 'the card did not sign this pickup');
    }
    return collected;
  };

  const dispense = async (rxId: string, signal?: AbortSignal): Promise<void> => {
    core.mustRest();
    const current = counter;
    const view = current?.views.find((one) => one.rxId === rxId);
    const prescription = current?.verified.get(rxId);
    if (current === undefined || view === undefined || prescription === undefined || view.state !== 'ready') {
      throw new ImisError('STEP_OUT_OF_ORDER', 'nothing is ready to be handed out');
    }
    const show = screen.showing();
    let stages: Stage[] = [];
    const list = createStages(clock.now, (all) => {
      stages = all;
      show({ step: 'listed', prescriptions: current.views, stages, ...shownAgent(current.agent) });
    });
    try {
      await core.alone(signal, async (running) => {
        const { token, slot: staffSlot } = requireOperator(core);
        const { slot } = core.cardOf('patient');
        const material = await core.material(running);
        const { signing } = await cards.patientCertificates({ slot }, running);
        if (parseCertificate(signing).serial !== current.certificate.serial)
          throw new ImisError('CARD_OTHER_PERSON', 'another card than before');
        const collected = await list.run('card-collects', '17', () =>
          collect(current, slot, rxId, prescription, view.part, running),
        );
        const certificate = await cards.staffCertificate({ slot: staffSlot }, running);
        const message = await list.run('pharmacist-signs', '17', () => {
          const payload: Pickup = {
            type: 'pickup',
            version: 1,
            institution: terminal.institution,
            keyId: hex(keyIdentifier(parseCertificate(certificate).spki)),
            rxId,
            part: view.part,
            pickupObject: toBase64(collected.pickupObject),
            pickupSignature: toBase64(collected.signature),
            lines: view.lines.map((_, i) => ({ line: i + 1, outcome: 'given' as const })),
            at: instantOf(clock.now()),
            ...(current.agent === undefined ? {} : { agent: papersOf(current.agent) }),
          };
          const signer = cardSigner(certificate, (attributes, now) =>
            cards.staffSign({ slot: staffSlot, attributes }, now),
          );
          return signForBureau(ports, material, signer, { type: payload.type }, payload, running);
        });
        const ack = await list.run('send-pickup', '17', () => {
          const sealed = toBase64(seal(message, [{ certificate: material.encryption.der }]));
          // Not to be cancelled: the card has given its signature, the bureau must come to know.
          const reference = pickupReference(rxId, view.part);
          return outbox.submit({ id: newId(), route: 'pickup', body: { message: sealed }, reference }, token, forever);
        });
        await finish(rxId);
        const done: PrescriptionView = { ...view, state: 'collected' };
        if (counter === current) counter = undefined;
        show({
          step: 'dispensed',
          prescription: done,
          acknowledged: ack !== undefined,
          stages: list.all(),
          ...shownAgent(current.agent),
        });
      });
    } catch (cause) {
      const refusal = refuse(core, 'dispense', cause);
      if (GONE.has(refusal.code)) {
        await finish(rxId);
        current.views.splice(current.views.indexOf(view), 1, { ...view, state: 'collected', refusal });
      }
      show({ step: 'listed', prescriptions: current.views, stages, refusal, ...shownAgent(current.agent) });
    }
    follow();
    await core.countWaiting();
  };

  /** A patient's card that was not looked up yet is; when it has left, what is on the screen goes, now or after a while. */
  const follow = (): void => {
    if (core.busy() || core.pinService() !== undefined || core.agentService() !== undefined) return;
    const patient = core.common().slots.find((one) => one.state === 'ready' && one.kind === 'patient');
    if (patient === undefined) {
      const flow = screen.flow();
      switch (flow.step) {
        case 'idle':
        case 'working':
        case 'refused':
          return;
        case 'listed':
          counter = undefined;
          // Of the patient nothing stays; that something went wrong does.
          screen.set(
            flow.refusal === undefined
              ? { step: 'idle' }
              : { step: 'refused', refusal: flow.refusal, stages: flow.stages },
          );
          return;
        case 'dispensed':
          // The medicine is still being handed out.
          stopLinger ??= ports.later(LINGER_MS, () => screen.set({ step: 'idle' }));
          return;
      }
    }
    if (served === `${patient.slot}#${patient.insertion}` || core.operator() === undefined) return;
    void lookUp();
  };
  core.onSlots(follow);

  /** The card whose PIN was served stays where it is: only one that comes in anew is looked up. */
  const leaveServices = (): void => {
    if (core.pinService() === undefined && core.agentService() === undefined) return;
    const patient = core.common().slots.find((view) => view.state === 'ready' && view.kind === 'patient');
    if (patient !== undefined) served = `${patient.slot}#${patient.insertion}`;
    pins.close();
    agents.close();
  };

  return {
    state,
    signOn: async (pin, signal) => {
      await signOn(core, pin, signal);
      follow();
    },
    signOff: () => core.setOperator(undefined),
    lookUp: (signal) => lookUp(signal, counter?.agent),
    dispense,
    collectAsAgent: async (serial, pin, signal) => {
      const agent = await agents.identify(serial, pin, signal);
      if (agent !== undefined) await lookUp(signal, agent);
    },
    pins,
    agents: {
      ...agents,
      open: (signal) => {
        core.mustRest();
        pins.close();
        counter = undefined;
        screen.clear();
        return agents.open(signal);
      },
    },
    openPinService: (work) => {
      pins.open(work);
      agents.close();
      counter = undefined;
      screen.clear();
    },
    clear: () => {
      core.cancel();
      leaveServices();
      counter = undefined;
      screen.clear();
    },
    close: () => {
      stopLinger?.();
      core.close();
    },
  };
}
