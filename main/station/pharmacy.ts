/**
 * The pharmacy: card in -> verified list (eq 16) -> dispensed (eq 17). Looks up by itself when a patient's card comes in and the
 * pharmacist is signed on.
 * @module
 */
import { dayOf, instantOf } from '../../contract/calendar.ts';
import type { PrescriptionOnCard } from '../../contract/card-service.ts';
import { ImisError } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import type { Pickup } from '../../contract/messages.ts';
import type { DeskState, PharmacyFlow, PrescriptionView, Stage } from '../../contract/station.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { seal } from '../../crypto/envelope/seal.ts';
import { verifyRawP256 } from '../../crypto/pki/ecdsa-signature.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { createDeskCore, refuse } from './desk-core.ts';
import { type DeskGroup, keepGroup } from './doctor-signer.ts';
import { type TrustedMaterial, trustPatient } from './material.ts';
import { cardSigner, newId, signForBureau, toBase64 } from './messages.ts';
import { type SealedPrescription, type VerifiedPrescription, verifyPrescription } from './pharmacy-verifying.ts';
import type { DeskPorts } from './ports.ts';
import { requireOperator, signOn } from './sign-on.ts';
import { createStages } from './stages.ts';

export interface PharmacyDesk {
  state(): DeskState & { desk: 'pharmacy' };
  signOn(pin: PinDigits, signal?: AbortSignal): Promise<void>;
  signOff(): void;
  lookUp(signal?: AbortSignal): Promise<void>;
  dispense(rxId: string, signal?: AbortSignal): Promise<void>;
  clear(): void;
  close(): void;
}

/** What this desk holds of the patient before it. */
interface Counter {
  readonly certificate: Certificate;
  readonly verified: ReadonlyMap<string, VerifiedPrescription>;
  readonly views: PrescriptionView[];
  /** The nonce of a pickup that was begun: a second try asks the card for the same object and gets the same bytes. */
  readonly nonces: Map<string, Uint8Array>;
}

const partOf = (record: PrescriptionOnCard): number => Math.min(record.used + 1, record.parts);

const viewOf = (record: PrescriptionOnCard): PrescriptionView => ({
  rxId: record.rxId,
  issued: dayOf(record.issued * 1000),
  expires: dayOf(record.expires * 1000),
  part: partOf(record),
  parts: record.parts,
  lines: [],
  state: record.status === 'collected' ? 'collected' : 'refused',
});

/** Creates the desk; `publish` is called with every new state. */
export async function createPharmacyDesk(ports: DeskPorts, publish: (state: DeskState) => void): Promise<PharmacyDesk> {
  const { cards, bureau, outbox, terminal, clock } = ports;
  let flow: PharmacyFlow = { step: 'idle' };
  let counter: Counter | undefined;
  let served = '';
  const core = await createDeskCore(ports, () => publish(state()));
  const groupOf = keepGroup(ports);
  const state = (): DeskState & { desk: 'pharmacy' } => ({ desk: 'pharmacy', ...core.common(), flow });
  const set = (next: PharmacyFlow): void => {
    flow = next;
    publish(state());
  };

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
    const view = viewOf(record);
    try {
      if (record.pharmacy !== terminal.institution)
        throw new ImisError('RX_OTHER_PHARMACY', 'designated to another pharmacy');
      if (fetched instanceof ImisError) throw fetched;
      const { material, group, certificate, verified } = context;
      const prescription = await verifyPrescription(ports, material, group, fetched, certificate, signal);
      if (hex(prescription.rxHash).slice(0, 32) !== record.hash16)
        throw new ImisError('RX_ALTERED', 'the card holds another signature');
      verified.set(record.rxId, prescription);
      return { ...view, lines: [...prescription.lines], state: record.status === 'open' ? 'ready' : view.state };
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

  const lookUp = async (signal?: AbortSignal): Promise<void> => {
    let stages: Stage[] = [];
    const list = createStages(clock.now, (all) => {
      stages = all;
      set({ step: 'working', task: 'looking-up', stages });
    });
    try {
      await core.alone(signal, async (running) => {
        counter = undefined;
        const { slot, insertion } = core.cardOf('patient');
        served = `${slot}#${insertion}`;
        const { token } = requireOperator(core);
        const material = await core.material(running);
        const group = await groupOf(material);
        const { certificate, records } = await list.run('read-card', '', async () => ({
          certificate: trustPatient(
            material,
            (await cards.patientCertificates({ slot }, running)).signing,
            clock.now(),
            'patient-signing',
          ),
          records: (await cards.patientPrescriptions({ slot }, running)).filter(
            (record) => record.status !== 'cancelled',
          ),
        }));
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
          const result: PrescriptionView[] = [];
          for (const record of records) {
            const item = fetched.get(record.rxId) ?? new ImisError('RX_NOT_FOUND', 'not in the inbox');
            result.push(await examine(record, item, { material, group, certificate, verified }, running));
          }
          return result;
        });
        counter = { certificate, verified, views, nonces: new Map() };
        set({ step: 'listed', prescriptions: views, stages: list.all() });
      });
    } catch (cause) {
      set({ step: 'refused', refusal: refuse(core, 'look-up', cause), stages });
    }
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
    const nonce = current.nonces.get(rxId) ?? secureRng(32);
    current.nonces.set(rxId, nonce);
    const request = {
      slot,
      rxId,
      part,
      rxHash: prescription.rxHash,
      nonce,
      pharmacy: terminal.institution,
      terminal: fromHex(terminal.id),
    };
    const collected = await cards.patientConsume(request, signal);
    if (!verifyRawP256(current.certificate.spki, collected.pickupObject, collected.signature)) {
      throw new ImisError('SIGNATURE_INVALID', 'the card did not sign this pickup');
    }
    return collected;
  };

  const dispense = async (rxId: string, signal?: AbortSignal): Promise<void> => {
    const current = counter;
    const view = current?.views.find((one) => one.rxId === rxId);
    const prescription = current?.verified.get(rxId);
    if (current === undefined || view === undefined || prescription === undefined || view.state !== 'ready') {
      throw new ImisError('STEP_OUT_OF_ORDER', 'nothing is ready to be handed out');
    }
    let stages: Stage[] = [];
    const list = createStages(clock.now, (all) => {
      stages = all;
      set({ step: 'listed', prescriptions: current.views, stages });
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
          };
          const signer = cardSigner(certificate, (attributes, now) =>
            cards.staffSign({ slot: staffSlot, attributes }, now),
          );
          return signForBureau(ports, material, signer, { type: payload.type }, payload, running);
        });
        const ack = await list.run('send-pickup', '17', () => {
          const sealed = toBase64(seal(message, [{ certificate: material.encryption.der }]));
          return outbox.submit({ id: newId(), route: 'pickup', body: { message: sealed } }, token, running);
        });
        const done: PrescriptionView = { ...view, state: 'collected' };
        counter = undefined;
        set({ step: 'dispensed', prescription: done, acknowledged: ack !== undefined, stages: list.all() });
      });
    } catch (cause) {
      set({ step: 'listed', prescriptions: current.views, stages, refusal: refuse(core, 'dispense', cause) });
    }
    await core.countWaiting();
  };

  const follow = (): void => {
    const patient = core.common().slots.find((one) => one.state === 'ready' && one.kind === 'patient');
    if (patient === undefined) {
      // Nothing of a patient stays on the screen once the card has left; the result of a hand-out is the pharmacist's to clear.
      if (flow.step === 'listed' && !core.busy()) {
        counter = undefined;
        set({ step: 'idle' });
      }
      return;
    }
    if (served === `${patient.slot}#${patient.insertion}` || core.operator() === undefined || core.busy()) return;
    void lookUp();
  };
  core.onSlots(follow);

  return {
    state,
    signOn: async (pin, signal) => {
      await signOn(core, pin, signal);
      follow();
    },
    signOff: () => core.setOperator(undefined),
    lookUp,
    dispense,
    clear: () => {
      core.cancel();
      counter = undefined;
      set({ step: 'idle' });
    },
    close: () => core.close(),
  };
}
