/**
 * Fingerprints and photo of a patient at the card office (eq 1): the holder's card in a reader says whose they are and signs what its holder
 * decides. What is taken stays here until the bureau has it, the card leaves, or the clerk does.
 * @module
 */
import type { z } from 'zod';
import type { bureauApi } from '../../contract/bureau-api.ts';
import { instantOf } from '../../contract/calendar.ts';
import type { CardOfficeFlow } from '../../contract/card-office-desk.ts';
import { ImisError } from '../../contract/errors.ts';
import { IMPRESSIONS, impressionsOf, isWholeSet } from '../../contract/fingerprint-desk.ts';
import { FingerNumber, type FingerprintDecision, FingerprintSet, type Photo } from '../../contract/fingerprints.ts';
import type { PinDigits } from '../../contract/formats.ts';
import type { Stage } from '../../contract/stage.ts';
import type { AskedFinger } from '../../contract/taken-finger.ts';
import { hex, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { seal } from '../../crypto/envelope/seal.ts';
import type { Certificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { type DeskCore, refuse } from './desk-core.ts';
import type { DeskScreen } from './desk-screen.ts';
import { createFingerTaking, forgetFingers, type HeldFinger } from './finger-taking.ts';
import { type TrustedMaterial, trustPatient } from './material.ts';
import { cardSigner, signForBureau } from './messages.ts';
import { requireToken } from './sign-on.ts';
import { createStages } from './stages.ts';

type Step = CardOfficeFlow & { step: 'fingerprints' };
type Body = z.output<(typeof bureauApi)['fingerprints']['body']>;
type Decision = FingerprintDecision['decision'];

/** OPERATOR_REQUIRED and STEP_OUT_OF_ORDER reject everywhere; every other refusal shows in the state. */
export interface FingerprintOffice {
  open(signal?: AbortSignal): Promise<void>;
  takeFinger(finger: AskedFinger, signal?: AbortSignal): Promise<void>;
  dropFinger(index: number): void;
  decide(decision: Decision, pin: PinDigits, photo: Photo | undefined, signal?: AbortSignal): Promise<void>;
  settleDuplicate(found: string, signal?: AbortSignal): Promise<void>;
  /** The flow with what the scanner waits for. */
  shown(flow: CardOfficeFlow): CardOfficeFlow;
  /** Forgets what was taken; the screen is the caller's. */
  forget(): void;
  close(): void;
}

/** The holder who is served. */
interface Served {
  readonly slot: string;
  readonly insertion: number;
  readonly pid: string;
  /** What a scanner with a key signs over: nobody asks the bureau for it, for a set names none. */
  readonly nonce: Uint8Array;
  taken: readonly HeldFinger[];
  /** A decision as it went out, until it is settled: a duplicate is sent again as it was. */
  sent: { readonly decision: Decision; readonly wasEnrolled: boolean; readonly body: Body } | undefined;
}

const outOfOrder = (why: string): ImisError => new ImisError('STEP_OUT_OF_ORDER', why);

const DONE = { refuse: 'refused', withdraw: 'withdrawn' } as const;

/** What was taken, as it goes to the bureau. */
function setOf(taken: readonly HeldFinger[], photo: Photo): FingerprintSet {
  const fingers = [...impressionsOf(taken.map(({ shown }) => shown)).keys()].map((finger) => ({
    finger: FingerNumber.parse(finger),
    impressions: taken
      .filter(({ shown }) => shown.finger === finger)
      .map(({ record, quality }) => ({ record: toBase64(record), quality })),
  }));
  return FingerprintSet.parse({ version: 1, fingers, photo });
}

/** `awake`: somebody is there. */
export function createFingerprintOffice(
  core: DeskCore,
  screen: DeskScreen<CardOfficeFlow>,
  awake: () => void,
): FingerprintOffice {
  const { ports } = core;
  const { cards, bureau, clock, terminal } = ports;
  const taking = createFingerTaking(ports.fingerScanner, core.changed);
  let served: Served | undefined;

  const forget = (): void => {
    if (served !== undefined) forgetFingers(served.taken);
    served = undefined;
  };
  const standing = (): { readonly current: Served; readonly flow: Step } => {
    core.mustRest();
    requireToken(core);
    const flow = screen.flow();
    if (served === undefined || flow.step !== 'fingerprints') throw outOfOrder('nobody’s fingerprints are open');
    awake();
    return { current: served, flow };
  };
  /** Shows the step of whoever is still served. */
  const show = (current: Served, flow: Omit<Step, 'taken' | 'step'>): void => {
    if (served !== current) return;
    screen.set({ step: 'fingerprints', ...flow, taken: current.taken.map(({ shown }) => shown) });
  };
  const refused = (what: string, cause: unknown) => {
    const refusal = refuse(core, what, cause);
    return refusal.code === 'CANCELLED' ? {} : { refusal };
  };

  core.onSlots((slots) => {
    if (served === undefined) return;
    const { slot, insertion } = served;
    const isHere = slots.some((view) => view.slot === slot && view.insertion === insertion && view.state === 'ready');
    // Another holder is not to see what was taken of this one.
    if (isHere && core.operator() !== undefined) return;
    core.cancel();
    forget();
    screen.clear();
  });

  const open = async (signal?: AbortSignal): Promise<void> => {
    core.mustRest();
    const operator = requireToken(core);
    forget();
    const set = screen.showing();
    let stages: Stage[] = [];
    const { run } = createStages(clock.now, (all) => {
      stages = all;
      set({ step: 'working', task: 'fingerprints', stages });
    });
    try {
      await core.alone(signal, async (running) => {
        const { slot, insertion } = core.cardOf('patient');
        await core.ordersDelivered();
        const material = await core.material(running);
        const { signing } = await run('read-card', '', () => cards.patientCertificates({ slot }, running));
        const pid = hex(trustPatient(material, signing, clock.now(), 'patient-signing').pid ?? new Uint8Array(0));
        const found = await bureau.fingerprintStanding({ operator, params: { pid } }, running);
        if (!set({ step: 'fingerprints', standing: found, taken: [] })) return;
        served = { slot, insertion, pid, nonce: secureRng(32), taken: [], sent: undefined };
      });
    } catch (cause) {
      set({ step: 'refused', refusal: refuse(core, 'open fingerprints', cause), stages });
    }
  };

  /** Impressions of a finger stand together. */
  const added = (taken: readonly HeldFinger[], held: HeldFinger): readonly HeldFinger[] => {
    const last = taken.findLastIndex(({ shown }) => shown.finger === held.shown.finger);
    return last < 0 ? [...taken, held] : [...taken.slice(0, last + 1), held, ...taken.slice(last + 1)];
  };

  const takeFinger = async (finger: AskedFinger, signal?: AbortSignal): Promise<void> => {
    const { current, flow } = standing();
    const before = impressionsOf(current.taken.map(({ shown }) => shown)).get(finger) ?? 0;
    if (finger === 0 || before >= IMPRESSIONS) throw outOfOrder('no more of this finger');
    const at = { standing: flow.standing };
    show(current, at);
    try {
      await core.alone(signal, async (running) => {
        const held = await taking.take(finger, current.nonce, running);
        awake();
        if (served === current) current.taken = added(current.taken, held);
        else forgetFingers([held]);
      });
      current.sent = undefined;
      show(current, at);
    } catch (cause) {
      show(current, { ...at, ...refused('take a finger', cause) });
    }
  };

  const signed = async (
    current: Served,
    material: TrustedMaterial,
    certificate: Certificate,
    decision: Decision,
    setHash: string | undefined,
    signal: AbortSignal,
  ): Promise<Uint8Array> => {
    const { slot } = current;
    const payload: FingerprintDecision = {
      type: 'fingerprint-decision',
      version: 1,
      institution: terminal.institution,
      keyId: hex(keyIdentifier(certificate.spki)),
      decision,
      ...(setHash === undefined ? {} : { setHash }),
      at: instantOf(clock.now()),
    };
    const signer = cardSigner(certificate.der, (attributes, now) => cards.patientSign({ slot, attributes }, now));
    const patient = { pid: current.pid, certificate: certificate.der };
    return signForBureau(ports, material, signer, { type: payload.type, patient }, payload, signal);
  };

  /** Sends what stands in `sent`; answers how the holder stands then. */
  const send = async (current: Served, found: string | undefined, signal: AbortSignal) => {
    const { sent } = current;
    if (sent === undefined) throw new Error('nothing to send');
    const body = { ...sent.body, ...(found === undefined ? {} : { duplicateFound: found }) };
    const after = await bureau.fingerprints({ operator: requireToken(core), body }, signal);
    forgetFingers(current.taken);
    current.taken = [];
    current.sent = undefined;
    const { decision, wasEnrolled } = sent;
    const done = decision === 'enrol' ? (wasEnrolled ? 'renewed' : 'enrolled') : DONE[decision];
    return { standing: after, done } as const;
  };
  const failed = (current: Served, { standing: before }: Step, what: string, cause: unknown): void => {
    const beside = refused(what, cause);
    const isDuplicate = beside.refusal?.code === 'FINGER_DUPLICATE';
    if (!isDuplicate) current.sent = undefined;
    show(current, { standing: before, ...beside, ...(isDuplicate ? { duplicate: true } : {}) });
  };

  const decide = async (
    decision: Decision,
    pin: PinDigits,
    photo: Photo | undefined,
    signal?: AbortSignal,
  ): Promise<void> => {
    const { current, flow } = standing();
    const { slot, taken } = current;
    if (decision === 'enrol' && !isWholeSet(taken.map(({ shown }) => shown)))
      throw outOfOrder('two fingers or more, three impressions of each');
    const set = photo === undefined ? undefined : utf8(JSON.stringify(setOf(taken, photo)));
    const showing = screen.showing();
    const { run } = createStages(clock.now, (stages) => showing({ step: 'working', task: 'deciding', stages }));
    try {
      await core.alone(signal, async (running) => {
        const material = await core.material(running);
        const recipient = [{ certificate: material.encryption.der }];
        const message = await run('card-signs', '1', async () => {
          const { signing } = await cards.patientCertificates({ slot }, running);
          const certificate = trustPatient(material, signing, clock.now(), 'patient-signing');
          if (hex(certificate.pid ?? new Uint8Array(0)) !== current.pid)
            throw new ImisError('CARD_OTHER_PERSON', 'another card than the one that is served');
          await cards.patientVerifyPin({ slot, pin }, running);
          const setHash = set === undefined ? undefined : hex(h256(set));
          return signed(current, material, certificate, decision, setHash, running);
        });
        const body = {
          decision: toBase64(seal(message, recipient)),
          ...(set === undefined ? {} : { set: toBase64(seal(set, recipient)) }),
        };
        current.sent = { decision, wasEnrolled: flow.standing.state === 'enrolled', body };
        show(current, await run('send-decision', '1', () => send(current, undefined, running)));
      });
    } catch (cause) {
      failed(current, flow, 'decide about fingerprints', cause);
    }
  };

  const settleDuplicate = async (found: string, signal?: AbortSignal): Promise<void> => {
    const { current, flow } = standing();
    if (current.sent === undefined) throw outOfOrder('no duplicate to settle');
    const set = screen.showing();
    const { run } = createStages(clock.now, (stages) => set({ step: 'working', task: 'deciding', stages }));
    try {
      await core.alone(signal, async (running) => {
        show(current, await run('send-decision', '1', () => send(current, found, running)));
      });
    } catch (cause) {
      failed(current, flow, 'settle a duplicate', cause);
    }
  };

  return {
    open,
    takeFinger,
    dropFinger: (index) => {
      const { current, flow } = standing();
      const dropped = current.taken[index];
      if (dropped === undefined) throw outOfOrder('no such impression');
      forgetFingers([dropped]);
      current.taken = current.taken.filter((one) => one !== dropped);
      current.sent = undefined;
      show(current, { standing: flow.standing });
    },
    decide,
    settleDuplicate,
    shown: (flow) => {
      const waiting = taking.waiting();
      return flow.step === 'fingerprints' && waiting !== undefined ? { ...flow, waiting } : flow;
    },
    forget,
    close: () => {
      forget();
      taking.close();
    },
  };
}
