/**
 * Serves contract/card-service.ts over any CardReader: named operations, one at a time in each slot, each in a transaction of its own.
 * Runs in the card process; the rest of the station knows only the contract.
 * @module
 */

import type { CardSession } from '../../card/apdu/card-session.ts';
import { type PinBlock, pinBlock } from '../../card/apdu/pin-block.ts';
import { SW } from '../../card/apdu/status-word.ts';
import { DOCTOR_FILES, PATIENT_FILES, STAFF_FILES } from '../../card/apps/card-profile.ts';
import { type DoctorApp, openDoctorApp } from '../../card/apps/doctor-app.ts';
import { openIssuingApp } from '../../card/apps/issuing-app.ts';
import { readNhiProfile } from '../../card/apps/nhi-card.ts';
import { openPatientApp, type PatientApp } from '../../card/apps/patient-app.ts';
import type { PrescriptionRecord } from '../../card/apps/prescription-record.ts';
import { openStaffApp, type StaffApp } from '../../card/apps/staff-app.ts';
import { CardError } from '../../card/card-error.ts';
import type { CardReader } from '../../card/transport/card-reader.ts';
import {
  type CardKind,
  cardServiceContract,
  type KnownCard,
  type PrescriptionOnCard,
  type TrayCard,
  VisitOnCard,
} from '../../contract/card-service.ts';
import { type Api, createTopics } from '../../contract/dispatch.ts';
import { ImisError } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import { bcdOf, digitsOf } from '../../crypto/common/bcd.ts';
import { fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { p256Spki } from '../../crypto/pki/public-key.ts';
import { type SlotWatchOptions, type Stay, watchSlots } from './slot-watch.ts';
import { withDigits } from './with-digits.ts';
import { writeVisitOnce } from './write-visit.ts';

/** The contract's server, and its end. */
export type CardService = Api<typeof cardServiceContract> & { close(): Promise<void> };

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

/** What a failure says about the card's state: the card itself is gone, its state is, or another application is selected. */
function stateLoss(cause: unknown): 'card' | 'reset' | 'slow' | 'deselected' | undefined {
  if (!(cause instanceof CardError)) return undefined;
  if (cause.code === 'CARD_LOST' || cause.code === 'READER_SERVICE_DOWN') return 'card';
  if (cause.code === 'CARD_RESET') return 'reset';
  if (cause.code === 'CARD_SLOW') return 'slow';
  // Our applications know every class and instruction that we send.
  return cause.statusWord === SW.unknownInstruction || cause.statusWord === SW.unknownClass ? 'deselected' : undefined;
}

const noTray = (): never => {
  throw new ImisError('STEP_OUT_OF_ORDER', 'this desk has real readers and no tray');
};

/** Starts the service. */
export async function createCardService(
  deps: { readonly reader: CardReader; readonly tray?: Tray } & SlotWatchOptions,
): Promise<CardService> {
  const { reader, tray } = deps;
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
  const withCard = async <T>(slot: string, kind: KnownCard, work: (stay: Stay) => Promise<T>): Promise<T> => {
    const before = turns.get(slot) ?? Promise.resolve();
    const run = async (): Promise<T> => {
      const stay = await watch.stay(slot);
      if (stay.kind !== kind)
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

  /** The application of the card, selected once a stay. */
  const inApp =
    <A>(kind: CardKind, open: (session: CardSession) => Promise<A>, isApp: (app: unknown) => app is A) =>
    <T>(slot: string, work: (app: A) => Promise<T>): Promise<T> =>
      withCard(slot, kind, async (stay) => {
        const app = isApp(stay.app) ? stay.app : await open(stay.session);
        stay.app = app;
        return work(app);
      });
  const patient = inApp<PatientApp>(
    'patient',
    openPatientApp,
    (app): app is PatientApp => typeof app === 'object' && app !== null && 'consume' in app,
  );
  const doctor = inApp<DoctorApp>(
    'doctor',
    openDoctorApp,
    (app): app is DoctorApp => typeof app === 'object' && app !== null && 'gsCommit' in app,
  );
  const staff = inApp<StaffApp>(
    'staff',
    openStaffApp,
    (app): app is StaffApp => typeof app === 'object' && app !== null && 'readCertificate' in app,
  );
  const issuing = <T>(
    slot: string,
    kind: CardKind,
    work: (app: Awaited<ReturnType<typeof openIssuingApp>>, stay: Stay) => Promise<T>,
  ): Promise<T> =>
    withCard(slot, kind, async (stay) => {
      stay.app = undefined;
      return work(await openIssuingApp(stay.session, kind), stay);
    });

  return {
    subscribe: topics.subscribe,
    slots: async () => [...watch.views()],
    patientCertificates: ({ slot }, signal) =>
      patient(slot, async (app) => {
        const { signing, decryption } = await app.readCertificates(signal);
        return { signing, decryption };
      }),
    patientSign: ({ slot, attributes }, signal) =>
      patient(slot, async (app) => (await app.signAttributes(attributes, signal)).signature),
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
    patientPrescriptionBody: ({ slot, rxId }, signal) =>
      patient(slot, (app) => app.readPrescriptionBody(fromHex(rxId), signal)),
    patientWriteVisit: ({ slot, visit, prescription }, signal) =>
      patient(slot, async (app) => {
        await writeVisitOnce(
          app,
          {
            visit: utf8(JSON.stringify(VisitOnCard.parse(visit))),
            prescriptions:
              prescription === undefined
                ? []
                : [
                    {
                      record: {
                        ...prescription.record,
                        rxId: fromHex(prescription.record.rxId),
                        hash16: fromHex(prescription.record.hash16),
                        pharmacy: bcdOf(prescription.record.pharmacy),
                      },
                      body: prescription.body,
                    },
                  ],
          },
          signal,
        );
        return {};
      }),
    patientConsume: ({ slot, rxId, part, rxHash, nonce, pharmacy, terminal }, signal) =>
      patient(slot, async (app) => {
        const request = {
          rxId: fromHex(rxId),
          part,
          rxh: rxHash,
          nonce,
          pharmacyId: bcdOf(pharmacy),
          terminalId: terminal,
        };
        const { pu, signature, partsLeft } = await app.consume(request, signal);
        return { pickupObject: pu, signature, partsLeft };
      }),
    nhiBasicData: ({ slot }, signal) => withCard(slot, 'nhi', (stay) => readNhiProfile(stay.session, signal)),
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
    issuePatientKeys: ({ slot }, signal) =>
      issuing(slot, 'patient', async (app) => {
        await app.generateKey('authentication', signal);
        return {
          signing: p256Spki(await app.generateKey('signature', signal)),
          decryption: p256Spki(await app.generateKey('agreement', signal)),
        };
      }),
    issuePatientFinish: ({ slot, signing, decryption, pin, puk }, signal) =>
      withDigits([pin, puk], () =>
        issuing(slot, 'patient', async (app) => {
          await app.writeFile(PATIENT_FILES.certificate, signing, signal);
          await app.writeFile(PATIENT_FILES.decryptionCertificate, decryption, signal);
          await app.setPin(blockOf(pin), {}, signal);
          await app.setPuk(blockOf(puk), signal);
          await app.activate(signal);
          return {};
        }),
      ),
    issueDoctorKeys: ({ slot }, signal) =>
      issuing(slot, 'doctor', async (app) => ({
        signing: p256Spki(await app.generateKey('signature', signal)),
        attestation: p256Spki(await app.generateKey('authentication', signal)),
      })),
    issueDoctorJoin: ({ slot, certificate, groupKey, nonce, pin, puk }, signal) => {
      const again = [...pin];
      return withDigits([pin, puk, again], () =>
        issuing(slot, 'doctor', async (issuer, stay) => {
          await issuer.writeFile(DOCTOR_FILES.certificate, certificate, signal);
          await issuer.setPin(blockOf(pin), {}, signal);
          await issuer.setPuk(blockOf(puk), signal);
          await issuer.activate(signal);
          const app = await openDoctorApp(stay.session, signal);
          stay.app = app;
          await app.verifyPin(blockOf(again), signal);
          await app.writeGroupKey(groupKey, signal);
          return app.gsJoin(nonce, signal);
        }),
      );
    },
    issueDoctorFinish: ({ slot, credential }, signal) =>
      doctor(slot, async (app) => {
        await app.writeCredential(credential, signal);
        return {};
      }),
    issueStaffKeys: ({ slot }, signal) =>
      issuing(slot, 'staff', async (app) => p256Spki(await app.generateKey('signature', signal))),
    issueStaffFinish: ({ slot, certificate, pin, puk }, signal) =>
      withDigits([pin, puk], () =>
        issuing(slot, 'staff', async (app) => {
          await app.writeFile(STAFF_FILES.certificate, certificate, signal);
          await app.setPin(blockOf(pin), {}, signal);
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
    close: async () => {
      stopTray?.();
      await watch.close();
    },
  };
}
