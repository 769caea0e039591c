/**
 * Serves contract/card-service.ts over any CardReader: named operations, one at a time in each slot, each in a transaction of its own.
 * Runs in the card process; the rest of the station knows only the contract.
 * @module
 */

import type { CardSession } from '../../card/apdu/card-session.ts';
import { type PinBlock, pinBlock } from '../../card/apdu/pin-block.ts';
import { decodeAllergyRecord } from '../../card/apps/allergy-record.ts';
import { type OrderOperations, openForOrders } from '../../card/apps/bureau-orders.ts';
import { DOCTOR_FILES, PATIENT_FILES, STAFF_FILES } from '../../card/apps/card-profile.ts';
import { readCivilCertificate, signWithCivil } from '../../card/apps/civil-app.ts';
import { type DoctorApp, openDoctorApp } from '../../card/apps/doctor-app.ts';
import type { HolderOperations } from '../../card/apps/holder.ts';
import { openIssuingApp } from '../../card/apps/issuing-app.ts';
import { readNhiProfile } from '../../card/apps/nhi-card.ts';
import { openPatientApp, type PatientApp } from '../../card/apps/patient-app.ts';
import type { TerminalCredential } from '../../card/apps/secure-channel.ts';
import { openStaffApp, type StaffApp } from '../../card/apps/staff-app.ts';
import { CardError } from '../../card/card-error.ts';
import type { CardReader } from '../../card/transport/card-reader.ts';
import {
  CardKind,
  cardServiceContract,
  type KnownCard,
  type PrescriptionOnCard,
  type TrayCard,
} from '../../contract/card-service.ts';
import { type Api, createTopics, type Topics } from '../../contract/dispatch.ts';
import { ImisError } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import { Allergy } from '../../contract/safety.ts';
import { digitsOf } from '../../crypto/common/bcd.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { p256Spki } from '../../crypto/pki/public-key.ts';
import { decodeOrder } from '../../crypto/proxysig/bureau-order.ts';
import { decodeChallengeToken, decodeTimeToken } from '../../crypto/proxysig/bureau-token.ts';
import type { PrescriptionRecord } from '../../crypto/proxysig/prescription-record.ts';
import { collectTogether } from './collect-together.ts';
import { type OpenApp, type SlotWatch, type SlotWatchOptions, type Stay, watchSlots } from './slot-watch.ts';
import { dayOfNumber, visitSetOf } from './visit-set.ts';
import { withDigits } from './with-digits.ts';
import { writeCardTrust } from './write-card-trust.ts';
import { commitOpenSet, rollBackOpenSet, stageVisitOnce, writeVisitOnce } from './write-visit.ts';

/** The contract's server for the terminals of one machine, and its end. */
export interface CardService {
  /** The contract as one terminal uses it: every channel to a card is opened in its name. `terminal` is its id, 32 hex digits. */
  as(terminal: string): Api<typeof cardServiceContract>;
  readonly subscribe: Api<typeof cardServiceContract>['subscribe'];
  close(): Promise<void>;
}

/** What a terminal shows to cards, by its id; rejects with TERMINAL_UNKNOWN. */
export type TerminalCredentials = (terminal: string) => Promise<TerminalCredential>;

/** Where software cards lie when no reader is there. */
export interface Tray {
  cards(): readonly TrayCard[];
  insert(card: string, slot: string): void;
  remove(slot: string): void;
  subscribe(listener: (cards: readonly TrayCard[]) => void): () => void;
}

/** Digits as ASCII in an ISO 9564 block. */
function blockOf(digits: PinDigits): PinBlock {
  const ascii = Uint8Array.from(digits, (digit) => 0x30 + digit);
  try {
    return pinBlock(ascii);
  } finally {
    ascii.fill(0);
  }
}

const onContract = (record: PrescriptionRecord): PrescriptionOnCard => ({
  rxId: hex(record.rxId),
  hash16: hex(record.hash16),
  issued: record.issued,
  expires: record.expires,
  parts: record.parts,
  used: record.used,
  status: record.status,
  controlled: record.controlled,
  pharmacy: digitsOf(record.pharmacy) ?? '',
});

/** A record of EF ALLERGY; none when it is of a form or about a substance that nobody here knows. */
function allergyOnContract(bytes: Uint8Array): readonly Allergy[] {
  const record = decodeAllergyRecord(bytes);
  if (record === undefined) return [];
  const { kind, code, criticality, day } = record;
  const read = Allergy.safeParse({ substance: { kind, code }, criticality, recorded: dayOfNumber(day) });
  return read.success ? [read.data] : [];
}

/**
 * What a failure says about the card's state: the card itself is gone, its state is, or our channel is. `deselected`: it never carried out our
 * command, because another program had selected or reset it; `broken`: nobody knows.
 */
function stateLoss(cause: unknown): 'card' | 'reset' | 'slow' | 'deselected' | 'broken' | undefined {
  if (!(cause instanceof CardError)) return undefined;
  const { code, statusWord } = cause;
  if (code === 'CARD_CHANNEL_BROKEN') return statusWord === undefined ? 'broken' : 'deselected';
  return STATE_LOSSES.get(code);
}

const STATE_LOSSES: ReadonlyMap<string, 'card' | 'reset' | 'slow'> = new Map([
  ['CARD_LOST', 'card'],
  ['READER_SERVICE_DOWN', 'card'],
  ['CARD_RESET', 'reset'],
  ['CARD_SLOW', 'slow'],
]);

/** An order after which no PIN is good any more. The card has taken it, so it is one. */
const endsSession = (order: Uint8Array): boolean => ['block', 'unblock'].includes(decodeOrder(order).contents.kind);

const OPEN: Readonly<
  Record<CardKind, (session: CardSession, credential: TerminalCredential) => Promise<OpenApp['app']>>
> = { patient: openPatientApp, doctor: openDoctorApp, staff: openStaffApp };

/** One with an application of ours. */
const isOurs = (kind: KnownCard): kind is CardKind => CardKind.safeParse(kind).success;

const notOurs = (kind: KnownCard): CardError =>
  new CardError('CARD_WRONG_KIND', `a card of kind ${kind} where one of ours belongs`);

const noTray = (): never => {
  throw new ImisError('STEP_OUT_OF_ORDER', 'this desk has real readers and no tray');
};

/** Starts the service. */
export async function createCardService(
  deps: {
    readonly reader: CardReader;
    readonly tray?: Tray;
    readonly terminals: TerminalCredentials;
  } & SlotWatchOptions,
): Promise<CardService> {
  const { reader, tray, terminals } = deps;
  const topics = createTopics(cardServiceContract);
  const watch = await watchSlots(reader, (views) => topics.publish('slots', [...views]), deps);
  const stopTray = tray?.subscribe((cards) => topics.publish('tray', [...cards]));
  const turns = new Map<string, Promise<unknown>>();

  /** Works on a card that is there. `mayRepeat`: once more when the card had lost its state before anything was done. */
  const onCard = async <T>(
    slot: string,
    stay: Stay,
    work: (stay: Stay) => Promise<T>,
    mayRepeat: boolean,
  ): Promise<T> => {
    const hadApp = stay.app !== undefined;
    let began = false;
    try {
      return await stay.connection.exclusively(() => {
        began = true;
        return work(stay);
      });
    } catch (cause) {
      const loss = stateLoss(cause);
      if (loss === undefined) throw cause;
      stay.app = undefined;
      if (loss === 'card') watch.lost(slot, stay);
      // Repeated only where no command reached our application: it was reset before the first, or another one was selected and knew none.
      const untouched = loss === 'reset' ? !began : loss === 'deselected' && hadApp;
      if (!mayRepeat || !untouched) throw cause;
      return onCard(slot, stay, work, false);
    }
  };

  /** Runs work on the card of a slot, alone and in turn; a card that is lost on the way is forgotten. */
  const withCard = async <T>(slot: string, kind: KnownCard | 'ours', work: (stay: Stay) => Promise<T>): Promise<T> => {
    const before = turns.get(slot) ?? Promise.resolve();
    const run = async (): Promise<T> => {
      const stay = await watch.stay(slot);
      if (kind === 'ours' ? !isOurs(stay.kind) : stay.kind !== kind)
        throw new CardError('CARD_WRONG_KIND', `a ${stay.kind} card where a ${kind} card belongs`);
      return onCard(slot, stay, work, true);
    };
    const result = before.then(run, run);
    turns.set(
      slot,
      result.catch(() => undefined),
    );
    return result;
  };

  const close = async (): Promise<void> => {
    stopTray?.();
    await watch.close();
  };
  return {
    as: (terminal) => contractOf({ terminal, terminals, withCard, watch, topics, tray }),
    subscribe: topics.subscribe,
    close,
  };
}

/** The contract in the name of one terminal. */
function contractOf(parts: {
  readonly terminal: string;
  readonly terminals: TerminalCredentials;
  readonly withCard: <T>(slot: string, kind: KnownCard | 'ours', work: (stay: Stay) => Promise<T>) => Promise<T>;
  readonly watch: SlotWatch;
  readonly topics: Topics<typeof cardServiceContract>;
  readonly tray: Tray | undefined;
}): Api<typeof cardServiceContract> {
  const { terminal, terminals, withCard, watch, topics, tray } = parts;

  /** The application of the card, selected and its channel opened once a stay and terminal. */
  const inApp =
    <A extends OpenApp['app']>(
      kind: CardKind,
      open: (session: CardSession, credential: TerminalCredential) => Promise<A>,
      isApp: (app: OpenApp['app']) => app is A,
    ) =>
    <T>(slot: string, work: (app: A) => Promise<T>): Promise<T> =>
      withCard(slot, kind, async (stay) => {
        const opened = stay.app;
        if (opened?.terminal === terminal && isApp(opened.app)) return work(opened.app);
        stay.app = undefined;
        const app = await open(stay.session, await terminals(terminal));
        stay.app = { terminal, app };
        return work(app);
      });
  const patient = inApp<PatientApp>('patient', openPatientApp, (app): app is PatientApp => 'consume' in app);
  const doctor = inApp<DoctorApp>('doctor', openDoctorApp, (app): app is DoctorApp => 'gsCommit' in app);
  const staff = inApp<StaffApp>('staff', openStaffApp, (app): app is StaffApp => 'readCertificate' in app);
  /** What every application offers its holder, whichever card is in. */
  const holder = <T>(slot: string, work: (app: HolderOperations) => Promise<T>): Promise<T> =>
    withCard(slot, 'ours', async (stay) => {
      if (!isOurs(stay.kind)) throw notOurs(stay.kind);
      if (stay.app?.terminal === terminal) return work(stay.app.app);
      stay.app = undefined;
      const app = await OPEN[stay.kind](stay.session, await terminals(terminal));
      stay.app = { terminal, app };
      return work(app);
    });
  /** Orders, which a blocked card takes too: to it a channel is opened for this alone. */
  const orders = <T>(slot: string, work: (orders: OrderOperations, stay: Stay) => Promise<T>): Promise<T> =>
    withCard(slot, 'ours', async (stay) => {
      if (!isOurs(stay.kind)) throw notOurs(stay.kind);
      if (stay.app?.terminal === terminal) return work(stay.app.app, stay);
      stay.app = undefined;
      return work(await openForOrders(stay.session, stay.kind, await terminals(terminal)), stay);
    });
  const issuing = <T>(
    slot: string,
    kind: CardKind,
    work: (app: Awaited<ReturnType<typeof openIssuingApp>>, stay: Stay) => Promise<T>,
  ): Promise<T> =>
    withCard(slot, kind, async (stay) => {
      stay.app = undefined;
      return work(await openIssuingApp(stay.session, kind, await terminals(terminal)), stay);
    });

  return {
    subscribe: topics.subscribe,
    slots: async () => [...watch.views()],
    patientCertificates: ({ slot }, signal) =>
      patient(slot, async (app) => {
        const { signing, decryption } = await app.readCertificates(signal);
        return { signing, decryption };
      }),
    patientSign: ({ slot, attributes, challengeToken }, signal) =>
      patient(slot, async (app) => {
        if (challengeToken !== undefined) await app.putChallenge(decodeChallengeToken(challengeToken), signal);
        return (await app.signAttributes(attributes, signal)).signature;
      }),
    patientChallenge: ({ slot }, signal) => patient(slot, (app) => app.getChallenge(signal)),
    patientMeetsDoctor: async ({ slot, doctorSlot }, signal) => {
      const challenge = await patient(slot, (app) => app.getChallenge(signal));
      const proof = await doctor(doctorSlot, (app) => app.proveRole(challenge, signal));
      await patient(slot, (app) => app.acceptDoctor(proof, signal));
      return {};
    },
    patientVerifyPin: ({ slot, pin }, signal) =>
      withDigits([pin], () =>
        patient(slot, async (app) => {
          await app.verifyPin(blockOf(pin), signal);
          return {};
        }),
      ),
    patientAgree: ({ slot, point }, signal) => patient(slot, (app) => app.agree(point, signal)),
    patientPrescriptions: ({ slot }, signal) =>
      patient(slot, async (app) => (await app.readPrescriptions(signal)).map(onContract)),
    patientAllergies: ({ slot }, signal) =>
      patient(slot, async (app) => {
        const records = await app.readAllergies(signal);
        const allergies = records.flatMap(allergyOnContract);
        return { allergies, unreadable: records.length - allergies.length };
      }),
    patientTime: ({ slot, token }, signal) =>
      patient(slot, async (app) => {
        const seen = (await app.readTimeToken(signal))?.time ?? 0;
        const told = decodeTimeToken(token);
        if (told.time <= seen) return { time: seen };
        await app.putTimeToken(told, signal);
        return { time: told.time };
      }),
    patientPrescriptionBody: ({ slot, rxId }, signal) =>
      patient(slot, (app) => app.readPrescriptionBody(fromHex(rxId), signal)),
    patientPendingSet: ({ slot }, signal) =>
      patient(slot, async (app) => {
        const { state, reference } = await app.txStatus(signal);
        return { state, reference: hex(reference) };
      }),
    patientStageVisit: ({ slot, ...set }, signal) =>
      patient(slot, async (app) => {
        await stageVisitOnce(app, visitSetOf(set), signal);
        return {};
      }),
    patientCommitSet: ({ slot, reference }, signal) =>
      patient(slot, async (app) => {
        await commitOpenSet(app, fromHex(reference), signal);
        return {};
      }),
    patientRollBackSet: ({ slot, reference }, signal) =>
      patient(slot, async (app) => {
        await rollBackOpenSet(app, fromHex(reference), signal);
        return {};
      }),
    patientWriteVisit: ({ slot, ...set }, signal) =>
      patient(slot, async (app) => {
        await writeVisitOnce(app, visitSetOf(set), signal);
        return {};
      }),
    patientConsume: ({ slot, rxId, part, rxHash, nonce, proxySlot }, signal) =>
      patient(slot, async (app) => {
        const request = {
          rxId: fromHex(rxId),
          part,
          rxh: rxHash,
          nonce,
        };
        const { pu, signature, partsLeft } = await (proxySlot === undefined
          ? app.consume(request, signal)
          : app.proxySign(proxySlot, request, signal));
        return { pickupObject: pu, signature, partsLeft };
      }),
    patientConsumeBeside: async ({ slot, rxId, part, rxHash, nonce, proxySlot, agentSlot, delegation }, signal) => {
      const request = { rxId: fromHex(rxId), part, rxh: rxHash, nonce };
      const { pu, signature, partsLeft } = await collectTogether(
        { patient: (work) => patient(slot, work), agent: (work) => patient(agentSlot, work) },
        { request, proxySlot, delegation },
        signal,
      );
      return { pickupObject: pu, signature, partsLeft };
    },
    patientWarrants: ({ slot }, signal) =>
      patient(slot, async (app) =>
        (await app.readWarrants(signal)).map(({ slot: proxySlot, ...one }) => ({ proxySlot, ...one })),
      ),
    patientOfferProxy: ({ slot, proxySlot, agentPoint, omega }, signal) =>
      patient(slot, (app) => app.proxyOffer(proxySlot, agentPoint, omega, signal)),
    patientAcceptProxy: ({ slot, proxySlot, rA, sealed }, signal) =>
      patient(slot, async (app) => ({ proxyKey: await app.proxyAccept(proxySlot, rA, sealed, signal) })),
    agentJoin: ({ slot, patientPoint, omega, ...offer }, signal) =>
      patient(slot, (app) => app.proxyJoin(patientPoint, offer, omega, signal)),
    patientAcceptJoint: ({ slot, proxySlot, rA, word, pin }, signal) =>
      withDigits([pin], () =>
        patient(slot, async (app) => ({
          proxyKey: await app.proxyAcceptJoint(proxySlot, { rA, word }, blockOf(pin), signal),
        })),
      ),
    patientEraseProxy: ({ slot, proxySlot }, signal) =>
      patient(slot, async (app) => {
        await app.proxyErase(proxySlot, signal);
        return {};
      }),
    patientVerifyAgentPin: ({ slot, proxySlot, pin }, signal) =>
      withDigits([pin], () =>
        patient(slot, async (app) => {
          await app.verifyAgentPin(proxySlot, blockOf(pin), signal);
          return {};
        }),
      ),
    nhiBasicData: ({ slot }, signal) => withCard(slot, 'nhi', (stay) => readNhiProfile(stay.session, signal)),
    civilCertificate: ({ slot }, signal) =>
      withCard(slot, 'civil', (stay) => readCivilCertificate(stay.session, signal)),
    civilSign: ({ slot, attributes, pin }, signal) =>
      withDigits([pin], () =>
        withCard(slot, 'civil', (stay) => signWithCivil(stay.session, blockOf(pin), attributes, signal)),
      ),
    doctorCredential: ({ slot }, signal) =>
      doctor(slot, async (app) => ({
        groupKey: await app.readGroupKey(signal),
        credential: await app.readCredential(signal),
      })),
    doctorVerifyPin: ({ slot, pin }, signal) =>
      withDigits([pin], () =>
        doctor(slot, async (app) => {
          await app.verifyPin(blockOf(pin), signal);
          return {};
        }),
      ),
    doctorSession: ({ slot, purposes, count }, signal) =>
      doctor(slot, async (app) => {
        await app.setSession({ purposes, count }, signal);
        return {};
      }),
    doctorEndSession: ({ slot }, signal) =>
      withCard(slot, 'doctor', async (stay) => {
        stay.app = undefined;
        // SELECT ends what was verified (ISO/IEC 7816-4 11.2.2); the channel is opened at once, so that the next signing need not.
        stay.app = { terminal, app: await openDoctorApp(stay.session, await terminals(terminal), signal) };
        return {};
      }),
    doctorCommit: ({ slot }, signal) => doctor(slot, (app) => app.gsCommit(signal)),
    doctorRespond: ({ slot, ...challenge }, signal) => doctor(slot, (app) => app.gsRespond(challenge, signal)),
    staffCertificate: ({ slot }, signal) => staff(slot, (app) => app.readCertificate(signal)),
    staffVerifyPin: ({ slot, pin }, signal) =>
      withDigits([pin], () =>
        staff(slot, async (app) => {
          await app.verifyPin(blockOf(pin), signal);
          return {};
        }),
      ),
    staffSign: ({ slot, attributes }, signal) =>
      staff(slot, async (app) => (await app.signAttributes(attributes, signal)).signature),
    changePin: ({ slot, pin, next }, signal) =>
      withDigits([pin, next], () =>
        holder(slot, async (app) => {
          await app.changePin(blockOf(pin), blockOf(next), signal);
          return {};
        }),
      ),
    unblockPin: ({ slot, puk, next }, signal) =>
      withDigits([puk, next], () =>
        holder(slot, async (app) => {
          await app.unblockPin(blockOf(puk), blockOf(next), signal);
          return {};
        }),
      ),
    cardOrders: ({ slot }, signal) =>
      orders(slot, async (card) => {
        const { serial, last } = await card.orderState(signal);
        return { serial: hex(serial), last };
      }),
    cardOrder: ({ slot, order }, signal) =>
      orders(slot, async (card, stay) => {
        const applied = await card.giveOrder(order, signal);
        // Blocked or let go: the next operation opens the application anew, and learns it.
        if (endsSession(order)) stay.app = undefined;
        return { applied };
      }),
    issuePatientKeys: ({ slot }, signal) =>
      issuing(slot, 'patient', async (app) => ({
        authentication: p256Spki(await app.generateKey('authentication', signal)),
        signing: p256Spki(await app.generateKey('signature', signal)),
        decryption: p256Spki(await app.generateKey('agreement', signal)),
      })),
    issuePatientFinish: ({ slot, signing, decryption, pin, puk, transport = false, ...trust }, signal) =>
      withDigits([pin, puk], () =>
        issuing(slot, 'patient', async (app) => {
          await app.writeFile(PATIENT_FILES.certificate, signing, signal);
          await app.writeFile(PATIENT_FILES.decryptionCertificate, decryption, signal);
          await writeCardTrust(app, trust, signal);
          await app.setPin(blockOf(pin), { transport }, signal);
          await app.setPuk(blockOf(puk), signal);
          await app.activate(signal);
          return {};
        }),
      ),
    issueDoctorKeys: ({ slot, known }, signal) =>
      issuing(slot, 'doctor', async (app) => {
        const keyOf = known === true ? app.readKey : app.generateKey;
        return {
          signing: p256Spki(await keyOf('signature', signal)),
          authentication: p256Spki(await keyOf('authentication', signal)),
        };
      }),
    issueDoctorJoin: ({ slot, certificate, groupKey, nonce, pin, puk, transport = false, ...trust }, signal) => {
      const again = [...pin];
      return withDigits([pin, puk, again], () =>
        issuing(slot, 'doctor', async (issuer, stay) => {
          await issuer.writeFile(DOCTOR_FILES.certificate, certificate, signal);
          await writeCardTrust(issuer, trust, signal);
          await issuer.setPin(blockOf(pin), {}, signal);
          await issuer.setPuk(blockOf(puk), signal);
          // A transport PIN opens nothing, the join included: it comes last, and can be set only before ACTIVATE.
          if (!transport) await issuer.activate(signal);
          const app = await openDoctorApp(stay.session, await terminals(terminal), signal);
          stay.app = { terminal, app };
          await app.verifyPin(blockOf(again), signal);
          await app.writeGroupKey(groupKey, signal);
          return app.gsJoin(nonce, signal);
        }),
      );
    },
    issueDoctorFinish: ({ slot, credential, pin }, signal) => {
      if (pin === undefined)
        return doctor(slot, async (app) => {
          await app.writeCredential(credential, signal);
          return {};
        });
      return withDigits([pin], () =>
        issuing(slot, 'doctor', async (app) => {
          await app.writeFile(DOCTOR_FILES.credential, credential, signal);
          await app.setPin(blockOf(pin), { transport: true }, signal);
          await app.activate(signal);
          return {};
        }),
      );
    },
    issueStaffKeys: ({ slot }, signal) =>
      issuing(slot, 'staff', async (app) => ({
        signing: p256Spki(await app.generateKey('signature', signal)),
        authentication: p256Spki(await app.generateKey('authentication', signal)),
      })),
    issueStaffFinish: ({ slot, certificate, pin, puk, transport = false, ...trust }, signal) =>
      withDigits([pin, puk], () =>
        issuing(slot, 'staff', async (app) => {
          await app.writeFile(STAFF_FILES.certificate, certificate, signal);
          await writeCardTrust(app, trust, signal);
          await app.setPin(blockOf(pin), { transport }, signal);
          await app.setPuk(blockOf(puk), signal);
          await app.activate(signal);
          return {};
        }),
      ),
    tray: async () => [...(tray?.cards() ?? [])],
    trayInsert: async ({ card, slot }) => {
      (tray ?? noTray()).insert(card, slot);
      return {};
    },
    trayRemove: async ({ slot }) => {
      (tray ?? noTray()).remove(slot);
      return {};
    },
  };
}
