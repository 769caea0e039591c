/**
 * Serves contract/card-service.ts over any CardReader: named operations, one at a time in each slot, each in a transaction of its own.
 * Runs in the card process; the rest of the station knows only the contract.
 * @module
 */

import type { CardSession } from '../../card/apdu/card-session.ts';
import { type PinBlock, pinBlock } from '../../card/apdu/pin-block.ts';
import { giveOrder, readOrderState } from '../../card/apps/bureau-orders.ts';
import { select } from '../../card/apps/card-commands.ts';
import { APPLICATIONS, DOCTOR_FILES, PATIENT_FILES, STAFF_FILES } from '../../card/apps/card-profile.ts';
import { type DoctorApp, openDoctorApp } from '../../card/apps/doctor-app.ts';
import type { HolderOperations } from '../../card/apps/holder.ts';
import { openIssuingApp } from '../../card/apps/issuing-app.ts';
import { readNhiProfile } from '../../card/apps/nhi-card.ts';
import { openPatientApp, type PatientApp } from '../../card/apps/patient-app.ts';
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
import { decodeOrder } from '../../crypto/proxysig/bureau-order.ts';
import type { PrescriptionRecord } from '../../crypto/proxysig/prescription-record.ts';
import { type Stay, watchSlots } from './slot-watch.ts';
import { withDigits } from './with-digits.ts';
import { writeCardTrust } from './write-card-trust.ts';
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

/** An order after which no PIN is good any more. The card has taken it, so it is one. */
const endsSession = (order: Uint8Array): boolean => ['block', 'unblock'].includes(decodeOrder(order).contents.kind);

const OPEN: Readonly<Record<CardKind, (session: CardSession) => Promise<HolderOperations>>> = {
  patient: openPatientApp,
  doctor: openDoctorApp,
  staff: openStaffApp,
};
const isHolder = (app: unknown): app is HolderOperations =>
  typeof app === 'object' && app !== null && 'changePin' in app;

const noTray = (): never => {
  throw new ImisError('STEP_OUT_OF_ORDER', 'this desk has real readers and no tray');
};

/** Starts the service. */
export async function createCardService(deps: {
  readonly reader: CardReader;
  readonly tray?: Tray;
}): Promise<CardService> {
  const { reader, tray } = deps;
  const topics = createTopics(cardServiceContract);
  const watch = await watchSlots(reader, (views) => topics.publish('slots', [...views]));
  const stopTray = tray?.subscribe((cards) => topics.publish('tray', [...cards]));
  const turns = new Map<string, Promise<unknown>>();

  /** Runs work on the card of a slot, alone and in turn; a card that is lost on the way is forgotten. */
  const withCard = async <T>(slot: string, kind: KnownCard | 'ours', work: (stay: Stay) => Promise<T>): Promise<T> => {
    const before = turns.get(slot) ?? Promise.resolve();
    const run = async (): Promise<T> => {
      const stay = await watch.stay(slot);
      if (kind === 'ours' ? stay.kind === 'nhi' : stay.kind !== kind)
        throw new CardError('CARD_WRONG_KIND', `a ${stay.kind} card where a ${kind} card belongs`);
      try {
        return await stay.connection.exclusively(() => work(stay));
      } catch (cause) {
        if (cause instanceof CardError && (cause.code === 'CARD_LOST' || cause.code === 'READER_SERVICE_DOWN'))
          watch.lost(slot, stay);
        throw cause;
      }
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
  /** Any of our applications, selected but not opened: what a blocked card answers too. */
  const ours = <T>(slot: string, work: (stay: Stay) => Promise<T>): Promise<T> =>
    withCard(slot, 'ours', async (stay) => {
      if (stay.app === undefined && stay.kind !== 'nhi') await select(stay.session, APPLICATIONS[stay.kind], undefined);
      return work(stay);
    });
  /** What every application offers its holder. */
  const holder = <T>(slot: string, work: (app: HolderOperations) => Promise<T>): Promise<T> =>
    withCard(slot, 'ours', async (stay) => {
      if (stay.kind === 'nhi') throw new CardError('CARD_WRONG_KIND', 'an NHI card where one of ours belongs');
      const app = isHolder(stay.app) ? stay.app : await OPEN[stay.kind](stay.session);
      stay.app = app;
      return work(app);
    });
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
      ours(slot, async (stay) => {
        const { serial, last } = await readOrderState(stay.session, signal);
        return { serial: hex(serial), last };
      }),
    cardOrder: ({ slot, order }, signal) =>
      ours(slot, async (stay) => {
        const applied = await giveOrder(stay.session, order, signal);
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
    issuePatientFinish: ({ slot, signing, decryption, pin, puk, ...trust }, signal) =>
      withDigits([pin, puk], () =>
        issuing(slot, 'patient', async (app) => {
          await app.writeFile(PATIENT_FILES.certificate, signing, signal);
          await app.writeFile(PATIENT_FILES.decryptionCertificate, decryption, signal);
          await writeCardTrust(app, trust, signal);
          await app.setPin(blockOf(pin), {}, signal);
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
    issueDoctorJoin: ({ slot, certificate, groupKey, nonce, pin, puk, ...trust }, signal) => {
      const again = [...pin];
      return withDigits([pin, puk, again], () =>
        issuing(slot, 'doctor', async (issuer, stay) => {
          await issuer.writeFile(DOCTOR_FILES.certificate, certificate, signal);
          await writeCardTrust(issuer, trust, signal);
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
      issuing(slot, 'staff', async (app) => ({
        signing: p256Spki(await app.generateKey('signature', signal)),
        authentication: p256Spki(await app.generateKey('authentication', signal)),
      })),
    issueStaffFinish: ({ slot, certificate, pin, puk, ...trust }, signal) =>
      withDigits([pin, puk], () =>
        issuing(slot, 'staff', async (app) => {
          await app.writeFile(STAFF_FILES.certificate, certificate, signal);
          await writeCardTrust(app, trust, signal);
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
