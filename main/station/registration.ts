/**
 * The registration desk: card in -> checked in (eq 6 and 7). Starts by itself when a patient's card comes in and somebody is signed on.
 * Beside it an NHI card or a virtual card may say who is there (identity-watch.ts); neither can check in.
 * @module
 */

import { instantOf } from '../../contract/calendar.ts';
import { isRenewalDue } from '../../contract/card-life.ts';
import type { PinDigits } from '../../contract/formats.ts';
import { type CheckIn, CheckInReply } from '../../contract/messages.ts';
import type { PinWork } from '../../contract/pin-service.ts';
import type { RegistrationFlow } from '../../contract/registration-desk.ts';
import type { Stage } from '../../contract/stage.ts';
import type { DeskState } from '../../contract/station.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { seal } from '../../crypto/envelope/seal.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { type AgentService, createAgentService } from './agent-service.ts';
import { createDeskCore, refuse } from './desk-core.ts';
import { createDeskScreen } from './desk-screen.ts';
import { createPassedCards, stayName } from './health-cards.ts';
import { createIdentityWatch } from './identity-watch.ts';
import { institutionName, trustPatient } from './material.ts';
import { challengedSigner, challengeFor, createReplyKey, openReply, signForBureau } from './messages.ts';
import { createPinService, type PinService } from './pin-service.ts';
import type { DeskPorts } from './ports.ts';
import { settleOpenSet } from './settle-set.ts';
import { requireToken, signOn } from './sign-on.ts';
import { createStages } from './stages.ts';

/** How long a result stays after the card has left, ms. */
const LINGER_MS = 15_000;

export interface RegistrationDesk {
  state(): DeskState & { desk: 'registration' };
  signOn(pin: PinDigits, signal?: AbortSignal): Promise<void>;
  signOff(): void;
  checkIn(signal?: AbortSignal): Promise<void>;
  /** The NHI card, once more. */
  readNhiCard(signal?: AbortSignal): Promise<void>;
  readVirtualCard(qr: string, signal?: AbortSignal): Promise<void>;
  settleConflict(id: string, note: string): Promise<void>;
  openPinService(work: PinWork): void;
  readonly pins: Pick<PinService, 'perform'>;
  readonly agents: AgentService;
  clear(): void;
  close(): void;
}

/** Creates the desk; `publish` is called with every new state. */
export async function createRegistrationDesk(
  ports: DeskPorts,
  publish: (state: DeskState) => void,
): Promise<RegistrationDesk> {
  let served = '';
  let stopLinger: (() => void) | undefined;
  const screen = createDeskScreen<RegistrationFlow>({ step: 'idle' }, () => {
    stopLinger?.();
    stopLinger = undefined;
    publish(state());
  });
  const core = await createDeskCore(ports, () => publish(state()));
  const pins = createPinService(core, async () => undefined);
  const agents = createAgentService(core, { delegates: true });
  const passed = createPassedCards(core);
  const identity = createIdentityWatch(core, () => publish(state()));
  const state = (): DeskState & { desk: 'registration' } => {
    const flow = screen.flow();
    return {
      desk: 'registration',
      ...core.common(),
      flow,
      identity: identity.view(flow.step === 'checked-in' ? flow.person : undefined),
      virtualCards: ports.virtualCard !== undefined,
    };
  };

  const checkIn = async (signal?: AbortSignal): Promise<void> => {
    const { cards, bureau, terminal, clock } = ports;
    core.mustRest();
    const show = screen.showing();
    let stages: Stage[] = [];
    const list = createStages(clock.now, (all) => {
      stages = all;
      show({ step: 'working', task: 'check-in', stages });
    });
    try {
      await core.alone(signal, async (running) => {
        show({ step: 'working', task: 'check-in', stages });
        served = stayName(core.cardOf('patient'));
        passed.take(served);
        await core.ordersDelivered();
        // One that failed at its orders has been recognised anew since.
        const view = core.cardOf('patient');
        served = stayName(view);
        const { slot } = view;
        const token = requireToken(core);
        const material = await core.material(running);
        const certificate = await list.run('read-card', '', async () => {
          const { signing } = await cards.patientCertificates({ slot }, running);
          const trusted = trustPatient(material, signing, clock.now(), 'patient-signing');
          await settleOpenSet(ports, slot, { aboutToWrite: false }, running);
          return trusted;
        });
        const { challenge, token: challengeToken } = await list.run('ask-challenge', '', () =>
          challengeFor(ports, slot, { purpose: 'check-in' }, running),
        );
        const replyKey = createReplyKey();
        const pid = hex(certificate.pid ?? new Uint8Array(0));
        const message = await list.run('card-signs', '6', () => {
          const payload: CheckIn = {
            type: 'check-in',
            version: 1,
            institution: terminal.institution,
            keyId: hex(keyIdentifier(certificate.spki)),
            challenge,
            terminal: terminal.id,
            at: instantOf(clock.now()),
            replyKey: toBase64(replyKey.spki),
          };
          const signer = challengedSigner(cards, slot, certificate.der, challengeToken);
          const patient = { pid, certificate: certificate.der };
          return signForBureau(ports, material, signer, { type: payload.type, patient }, payload, running);
        });
        const reply = await list.run('send-check-in', '7', async () => {
          const sealed = seal(message, [{ certificate: material.encryption.der }]);
          const answer = await bureau.checkIn({ operator: token, body: { message: toBase64(sealed) } }, running);
          return openReply(
            ports,
            material,
            { ...answer, key: replyKey, type: 'check-in-reply', schema: CheckInReply },
            running,
          );
        });
        const notices = reply.notices.map((notice) => ({
          ...notice,
          institutionName: institutionName(material, notice.institution),
        }));
        show({
          step: 'checked-in',
          person: { name: reply.maskedName, birthYear: reply.birthYear, sex: reply.sex },
          queueNumber: reply.queueNumber,
          paidUntil: reply.paidUntil,
          cardExpires: reply.cardExpires,
          renewalDue: isRenewalDue(Date.parse(`${reply.cardExpires}T00:00:00.000+08:00`), clock.now()),
          visitId: reply.visitId,
          ...(notices.length === 0 ? {} : { notices }),
          stages: list.all(),
        });
      });
    } catch (cause) {
      show({ step: 'refused', refusal: refuse(core, 'check-in', cause), stages });
    }
    // Cards may have come and gone meanwhile.
    follow();
  };

  /** A patient's card that was not served yet starts a check-in; a result lingers a while after its card has left. */
  const follow = (): void => {
    if (core.pinService() !== undefined || core.agentService() !== undefined) return;
    identity.follow();
    const patient = passed.next();
    if (patient === undefined) {
      const { step } = screen.flow();
      if (step !== 'idle' && step !== 'working' && stopLinger === undefined) {
        stopLinger = ports.later(LINGER_MS, () => screen.set({ step: 'idle' }));
      }
      return;
    }
    if (served === stayName(patient) || core.operator() === undefined || core.busy()) return;
    void checkIn();
  };
  core.onSlots(follow);

  /** The card that was served beside the visit stays where it is: only one that comes in anew is checked in. */
  const leaveServices = (): void => {
    if (core.pinService() === undefined && core.agentService() === undefined) return;
    passed.passOthers();
    const patient = passed.next();
    if (patient !== undefined) served = stayName(patient);
    pins.close();
    agents.close();
  };

  return {
    state,
    signOn: async (pin, signal) => {
      await signOn(core, pin, signal);
      follow();
    },
    signOff: () => {
      core.setOperator(undefined);
      identity.follow();
    },
    checkIn,
    pins,
    settleConflict: core.settleConflict,
    agents: {
      ...agents,
      open: (signal) => {
        core.mustRest();
        pins.close();
        identity.clear();
        screen.clear();
        return agents.open(signal);
      },
    },
    openPinService: (work) => {
      pins.open(work);
      agents.close();
      identity.clear();
      screen.clear();
    },
    readNhiCard: identity.readCard,
    readVirtualCard: async (qr, signal) => {
      await identity.readVirtual(qr, signal);
      // A patient's card may have come meanwhile.
      follow();
    },
    clear: () => {
      core.cancel();
      leaveServices();
      identity.clear();
      screen.clear();
    },
    close: () => {
      stopLinger?.();
      identity.close();
      core.close();
    },
  };
}
