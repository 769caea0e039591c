/**
 * `imis card issue`: the bureau's issuing desk at the command line. A clerk signs on with the card in one slot, the blank card in another
 * is issued through the same desk as everywhere (main/station/issuing-desk.ts), PIN and PUK are told once.
 * @module
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { CardKind, cardServiceContract } from '../../contract/card-service.ts';
import type { Api } from '../../contract/dispatch.ts';
import { DoctorClasses } from '../../contract/doctor-classes.ts';
import { ImisError } from '../../contract/errors.ts';
import { Id16, InstitutionCode, type PinDigits, StaffRole } from '../../contract/formats.ts';
import { CardApplication } from '../../contract/messages.ts';
import { equalBytes } from '../../crypto/common/bytes.ts';
import { type AttributeSigner, createSoftwareSigner } from '../../crypto/envelope/attribute-signer.ts';
import { generateP256, spkiOf, toPem } from '../../crypto/pki/key-store.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { createBureauClient } from '../../nhi-client/bureau-client.ts';
import { createBasicDataSource } from '../station/basic-data-source.ts';
import { renewCardChannel } from '../station/card-channel.ts';
import { type CardOffice, createCardOffice } from '../station/card-office.ts';
import { type BlankCard, createIssuingDesk, type IssuingDesk } from '../station/issuing-desk.ts';
import { given, readBytes } from './bureau-files.ts';
import { BureauFolderError } from './bureau-folder-error.ts';
import { counterTerminal } from './card-office.ts';
import { newCardSecrets, openPinLetter } from './card-secrets.ts';
import { withBlankCard } from './counter-cards.ts';
import { cardChannelFile, terminalIdentity } from './create-desk-ports.ts';
import { issueCivilCertificate, issueDoctorCertificate } from './demonstration-authorities.ts';
import { loadDesk } from './desk-folder.ts';
import { systemClock } from './system-clock.ts';

/** Where a certificate of an authority of others comes from: a bureau's stand-ins (demonstration), or a file of the real one. */
export interface StaffOrder {
  readonly kind: 'staff';
  readonly institution: string;
  readonly role: string;
  readonly name: string;
}
/** With `authority` the folder's stand-in certifies; with `certificate` the file does; with neither the card's public key is all that is made. */
export interface DoctorOrder {
  readonly kind: 'doctor';
  /** Numbers with commas between, as in contract/doctor-classes.ts. */
  readonly classes: string;
  readonly source:
    | { readonly authority: string; readonly doctorId: string; readonly name: string }
    | { readonly certificate: string }
    | 'key-only';
}
/** `typed` goes before what stands on the NHI card in `nhiReader`. */
export interface PatientOrder {
  readonly kind: 'patient';
  readonly typed: Readonly<Partial<Record<keyof CardApplication['person'], string | undefined>>>;
  readonly nhiReader?: string | undefined;
  readonly civil: { readonly authority: string } | { readonly key: string; readonly certificate: string };
}

/** One call. */
export interface IssueRequest {
  /** Folder of the bureau's issuing terminal, and the bureau's address. */
  readonly desk: string;
  readonly bureau: string;
  readonly reader: string;
  readonly operatorReader: string;
  /** Asked for only once the cards are there. */
  readonly operatorPin: () => Promise<PinDigits> | PinDigits;
  readonly pinLetter?: string | undefined;
  /** The PIN of the letter must be changed before the card opens anything. */
  readonly transportPin?: boolean;
  readonly card: StaffOrder | DoctorOrder | PatientOrder;
  /** The card that this one is to take the place of. */
  readonly instead?: { readonly serial: string; readonly event: 'replace' | 'renew'; readonly reason: string };
}

/** What was done: serial numbers of the card and of the one that it replaces; `pid` of a patient's card; `publicKey` (PEM) where a doctor's card waits for its certificate. */
export interface Issued {
  readonly kind: 'staff' | 'doctor' | 'patient';
  readonly serial?: string;
  readonly replaced?: string;
  readonly pid?: string;
  readonly publicKey?: string;
}

const Name = z.string().min(1).max(60);
const { signal } = new AbortController();

/** A certificate of a file, PEM or DER; throws VALUE_INVALID. */
function certificateIn(path: string): Uint8Array {
  const bytes = readBytes(path);
  try {
    return new Uint8Array(new X509Certificate(bytes).raw);
  } catch (cause) {
    throw new BureauFolderError('VALUE_INVALID', path, { cause });
  }
}

/** A P-256 private key of a file, PEM; throws VALUE_INVALID. */
function keyIn(path: string): KeyObject {
  const bytes = readBytes(path);
  try {
    return createPrivateKey(Buffer.from(bytes));
  } catch (cause) {
    throw new BureauFolderError('VALUE_INVALID', path, { cause });
  } finally {
    bytes.fill(0);
  }
}

/** Eq 1: who signs the application. The citizen's own card is not in this release: a key in a file, or a stand-in, takes its place. */
async function civilSigner(order: PatientOrder, person: CardApplication['person']): Promise<AttributeSigner> {
  if ('authority' in order.civil) {
    const { privateKey, spki } = await generateP256();
    const citizen = { name: person.name, nationalId: person.nationalId, spki };
    return createSoftwareSigner(privateKey, await issueCivilCertificate(order.civil.authority, citizen, systemClock));
  }
  const [key, certificate] = [keyIn(order.civil.key), certificateIn(order.civil.certificate)];
  if (!equalBytes(parseCertificate(certificate).spki, spkiOf(key)))
    throw new ImisError('KEY_MISMATCH', 'the civil certificate is for another key');
  return createSoftwareSigner(key, certificate);
}

/** Who the patient is: from the NHI card through the basic-data port where one is named, and what was typed before it. */
async function personOf(
  order: PatientOrder,
  cards: Api<typeof cardServiceContract>,
): Promise<CardApplication['person']> {
  const slot = order.nhiReader;
  const source = createBasicDataSource({ cards, virtualCard: undefined });
  const read = slot === undefined ? undefined : await source.read({ source: 'nhi-card', slot }, signal);
  const typed = Object.fromEntries(Object.entries(order.typed).filter(([, value]) => value !== undefined));
  const { name, idNumber: nationalId, birthDate, sex } = read ?? {};
  return given('person', CardApplication.shape.person, { name, nationalId, birthDate, sex, ...typed });
}

/** Reads what was typed, before a card is touched. Throws VALUE_INVALID. */
function checked(order: IssueRequest['card']) {
  switch (order.kind) {
    case 'staff':
      return {
        kind: 'staff',
        institution: given('institution', InstitutionCode, order.institution),
        role: given('role', StaffRole, order.role),
        name: given('name', Name, order.name),
      } as const;
    case 'doctor':
      return { ...order, doctorClasses: given('classes', DoctorClasses, order.classes.split(',').map(Number)) };
    case 'patient':
      return order;
  }
}

/** Can the card be replaced, and by one of this kind? Asked before a blank card is spent. CARD_STATE_CONFLICT, NOT_FOUND, VALUE_INVALID. */
async function mustGiveWay(
  office: CardOffice,
  { serial, event }: NonNullable<IssueRequest['instead']>,
  kind: CardKind,
): Promise<void> {
  const { card, steps } = await office.show(given('serial', Id16, serial), signal);
  if (!steps.includes(event) || card.kind !== kind)
    throw new ImisError('CARD_STATE_CONFLICT', `${event} of a ${card.kind} card that is ${card.status}`);
}

async function issue(
  desk: IssuingDesk,
  blank: BlankCard,
  order: ReturnType<typeof checked>,
  cards: Api<typeof cardServiceContract>,
  replaces: string | undefined,
): Promise<Issued> {
  switch (order.kind) {
    case 'staff':
      await desk.issueStaff(blank, { ...order, replaces }, signal);
      return { kind: 'staff' };
    case 'doctor': {
      const { source, doctorClasses } = order;
      if (source === 'key-only') throw new Error('a card without certificate is not issued');
      const certificate =
        'certificate' in source
          ? { certificate: certificateIn(source.certificate) }
          : {
              certify: (spki: Uint8Array) =>
                issueDoctorCertificate(
                  source.authority,
                  { name: source.name, doctorId: source.doctorId, spki },
                  systemClock,
                ),
            };
      await desk.issueDoctor(blank, { doctorClasses, ...certificate }, signal);
      return { kind: 'doctor' };
    }
    case 'patient': {
      const person = await personOf(order, cards);
      return { kind: 'patient', pid: await desk.issuePatient(blank, person, await civilSigner(order, person), signal) };
    }
  }
}

/**
 * Issues a card. Rejects with codes of cards, readers, bureau and folders; before ACTIVATE a card that was refused stays blank and may be
 * tried again, and no letter is left behind.
 */
export async function issueCard(request: IssueRequest): Promise<Issued> {
  const order = checked(request.card);
  const desk = await loadDesk(request.desk);
  if (desk.desk !== 'bureau') throw new ImisError('TERMINAL_NOT_ALLOWED', 'the desk’s folder is not an issuing desk’s');
  const others = [request.operatorReader, ...(order.kind === 'patient' ? [order.nhiReader ?? []].flat() : [])];
  const { reader: slot, operatorReader } = request;
  const terminal = await counterTerminal(request.desk);
  return withBlankCard({ slot, kind: order.kind }, others, terminal, async (cards) => {
    const bureau = createBureauClient({ url: request.bureau, tls: desk.tls });
    const identity = { terminal: terminalIdentity(desk) };
    const secrets = newCardSecrets();
    try {
      // Soon due, it is renewed here: a terminal that only issues now and then has no desk that stays on.
      await renewCardChannel({ ...identity, bureau, clock: systemClock, channel: cardChannelFile(desk) }, signal);
      const issuing = createIssuingDesk({
        cards,
        bureau,
        ...identity,
        clock: systemClock,
        bureauCa: desk.bureauCa.der,
        // What is refused is thrown; a single call keeps no log.
        log: () => undefined,
      });
      const pin = await request.operatorPin();
      try {
        await issuing.signOn(operatorReader, pin, signal);
      } finally {
        pin.fill(0);
      }
      const office = createCardOffice({ bureau, operator: issuing.operator() });
      const { instead } = request;
      if (instead !== undefined) await mustGiveWay(office, instead, order.kind);
      if (order.kind === 'doctor' && order.source === 'key-only') {
        const { signing } = await cards.issueDoctorKeys({ slot }, signal);
        return { kind: 'doctor', publicKey: toPem('PUBLIC KEY', signing) };
      }
      const transport = request.transportPin === true;
      const letter = openPinLetter({ ...secrets, transport }, request.pinLetter);
      let isTold = false;
      try {
        const issued = await issue(issuing, { slot, ...secrets, transport }, order, cards, instead?.serial);
        letter.tell();
        isTold = true;
        const { serial } = await cards.cardOrders({ slot }, signal);
        if (instead === undefined) return { ...issued, serial };
        const { event, reason } = instead;
        await office[event](instead.serial, serial, reason, signal);
        return { ...issued, serial, replaced: instead.serial };
      } catch (cause) {
        // A card that was issued keeps its letter, whatever becomes of the one before it.
        if (!isTold) letter.withdraw();
        throw cause;
      } finally {
        letter.end();
      }
    } finally {
      for (const digits of [secrets.pin, secrets.puk]) digits.fill(0);
      await bureau.close();
    }
  });
}
