/**
 * What an administrator does to the bureau's folder, also while the bureau runs: institutions, revocation, insurance standing, the first
 * clerk.
 * @module
 */

import { z } from 'zod';
import type { Bureau } from '../../bureau/domain/bureau.ts';
import { holderDeceased, withdrawDoctor } from '../../bureau/domain/card-life.ts';
import { epochName } from '../../bureau/domain/epochs.ts';
import { identityTag } from '../../bureau/domain/identities.ts';
import { issueStaffCard } from '../../bureau/domain/staff-cards.ts';
import { certifyTerminal } from '../../bureau/domain/terminal-card-certificates.ts';
import { openSqliteStore } from '../../bureau/store/open-sqlite.ts';
import type { Store } from '../../bureau/store/store.ts';
import type { TerminalCredential } from '../../card/apps/secure-channel.ts';
import type { CardTrust } from '../../contract/card-service.ts';
import type { Clock } from '../../contract/clock.ts';
import { DoctorClasses } from '../../contract/doctor-classes.ts';
import { Id16, InstitutionCode } from '../../contract/formats.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import { generateP256 } from '../../crypto/pki/key-store.ts';
import { p256Point } from '../../crypto/pki/public-key.ts';
import {
  bureauFiles,
  DayText,
  given,
  InstitutionKind,
  InstitutionsFile,
  jsonText,
  readBytes,
  readJson,
} from './bureau-files.ts';
import { BureauFolderError } from './bureau-folder-error.ts';
import { loadBureau } from './load-bureau.ts';
import { replaceFile } from './new-folder.ts';
import { createCredential } from './terminal-credentials.ts';

const signal = new AbortController().signal;

/** Opens the register beside a bureau that may be running, runs `work`, closes it. Throws FOLDER_NOT_FOUND. */
async function withStore<T>(dir: string, work: (store: Store) => Promise<T>): Promise<T> {
  const path = bureauFiles(dir).database;
  // SQLite would make an empty database of a wrong path.
  readBytes(bureauFiles(dir).bureau);
  const store = await openSqliteStore(path);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Loads the bureau, runs `work`, closes it. */
export async function withBureau<T>(dir: string, clock: Clock, work: (bureau: Bureau) => Promise<T>): Promise<T> {
  const bureau = await loadBureau(dir, clock);
  try {
    return await work(bureau);
  } finally {
    await bureau.close();
  }
}

/** Adds an institution. Throws INSTITUTION_EXISTS, VALUE_INVALID. */
export async function addInstitution(
  dir: string,
  institution: { readonly code: string; readonly name: string; readonly kind: string },
): Promise<void> {
  const code = given('code', InstitutionCode, institution.code);
  const name = given('name', z.string().min(1).max(60), institution.name);
  const kind = given('kind', InstitutionKind, institution.kind);
  const path = bureauFiles(dir).institutions;
  const { version, institutions } = readJson(path, InstitutionsFile);
  if (institutions.some((known) => known.code === code)) throw new BureauFolderError('INSTITUTION_EXISTS', code);
  replaceFile(path, jsonText({ version, institutions: [...institutions, { code, name, kind }] }));
}

/** Revokes a certificate by its serial number, 32 hex digits; the running bureau refuses it from then on. Throws CERTIFICATE_UNKNOWN. */
export async function revoke(dir: string, serial: string, clock: Clock): Promise<void> {
  const found = await withStore(dir, (store) =>
    store.revokeCertificate(given('serial', Id16, serial.toLowerCase()), clock.now(), signal),
  );
  if (!found) throw new BureauFolderError('CERTIFICATE_UNKNOWN', serial);
}

const DoctorId = z.string().min(1).max(200);

/**
 * A doctor signs no more from the next epoch on, and joins no more until readmitted; with `atOnce` the present epoch ends now.
 * Throws DOCTOR_UNKNOWN, VALUE_INVALID.
 */
export const revokeDoctor = (
  dir: string,
  doctorId: string,
  atOnce: boolean,
  clock: Clock,
): Promise<{ epoch: string }> =>
  withBureau(dir, clock, async (bureau) => {
    const count = await bureau.store.revokeMember(given('doctor', DoctorId, doctorId), clock.now(), signal);
    if (count === 0) throw new BureauFolderError('DOCTOR_UNKNOWN', doctorId);
    await withdrawDoctor(bureau, doctorId, { reason: 'doctor revoked', actor: 'folder' }, signal);
    const head = atOnce ? await bureau.epochs.beginAtOnce(signal) : await bureau.epochs.inForce(signal);
    return { epoch: epochName(head.epoch) };
  });

/**
 * Gives a doctor other classes, numbers as in contract/doctor-classes.ts, the primary one first: from the next epoch on, with the same card.
 * Throws DOCTOR_UNKNOWN, VALUE_INVALID.
 */
export const changeDoctorClasses = (dir: string, doctorId: string, classes: string, clock: Clock): Promise<void> =>
  withStore(dir, async (store) => {
    const [first, ...others] = given('classes', DoctorClasses, classes.split(',').map(Number));
    if (first === undefined) throw new BureauFolderError('VALUE_INVALID', 'classes');
    const count = await store.setMemberClasses(
      given('doctor', DoctorId, doctorId),
      [first, ...others],
      clock.now(),
      signal,
    );
    if (count === 0) throw new BureauFolderError('DOCTOR_UNKNOWN', doctorId);
  });

/** A patient has died: every card stops, the standing ends. By pseudonym or national number. Throws PERSON_UNKNOWN, VALUE_INVALID. */
export const reportDeceased = (
  dir: string,
  who: { readonly pid: string } | { readonly nationalId: string },
  reason: string,
  clock: Clock,
): Promise<{ readonly pid: string; readonly cards: number }> =>
  withBureau(dir, clock, async (bureau) => {
    const { store, keys } = bureau;
    const person =
      'pid' in who
        ? await store.person(given('pid', Id16, who.pid), signal)
        : await store.personByTag(identityTag(keys.identity.tagKey, who.nationalId), signal);
    if (person === undefined) throw new BureauFolderError('PERSON_UNKNOWN', 'pid' in who ? who.pid : 'national number');
    const about = { reason: given('reason', z.string().max(200), reason), actor: 'folder' };
    return { pid: person.pid, cards: await holderDeceased(bureau, person.pid, about, signal) };
  });

/** A doctor who was revoked may join again, with a new card; what was revoked stays out. Throws DOCTOR_UNKNOWN. */
export const readmitDoctor = (dir: string, doctorId: string, clock: Clock): Promise<void> =>
  withStore(dir, async (store) => {
    const found = await store.readmitMember(given('doctor', DoctorId, doctorId), clock.now(), signal);
    if (!found) throw new BureauFolderError('DOCTOR_UNKNOWN', doctorId);
  });

/** Ends the epoch in force and begins another, for an emergency. */
export const beginEpoch = (dir: string, clock: Clock): Promise<{ epoch: string }> =>
  withBureau(dir, clock, async (bureau) => ({ epoch: epochName((await bureau.epochs.beginAtOnce(signal)).epoch) }));

/** Sets the last day a pseudonym's insurance is paid for, YYYY-MM-DD. Throws PERSON_UNKNOWN, VALUE_INVALID. */
export async function setStanding(dir: string, pid: string, day: string): Promise<void> {
  const found = await withStore(dir, (store) =>
    store.setPaidUntil(given('pid', Id16, pid), given('day', DayText, day), signal),
  );
  if (!found) throw new BureauFolderError('PERSON_UNKNOWN', pid);
}

/** A terminal of the bureau for one call, by whoever holds its folder: a key in memory, certified for cards and for nothing else. */
export const openBureauTerminal = (
  dir: string,
  clock: Clock,
): Promise<{ readonly id: string; readonly credential: TerminalCredential }> =>
  withBureau(dir, clock, async (bureau) => {
    const { cardAuthority, institution } = bureau.keys;
    const { privateKey, spki } = await generateP256();
    const id = hex(secureRng(16));
    const certificate = await certifyTerminal(bureau, { id, institution, role: 'bureau' }, spki, signal);
    const point = p256Point(cardAuthority.certificate.spki) ?? new Uint8Array(0);
    const credential = createCredential(privateKey, certificate, { reference: cardAuthority.reference, point });
    return { id, credential };
  });

/**
 * The first clerk: certificates of the bureau for the two keys of a card, SubjectPublicKeyInfo, and what the card trusts. Made offline by whoever holds the
 * folder; every later staff card is made by a clerk.
 */
export const createFirstClerk = (
  dir: string,
  clerk: { readonly name: string; readonly spki: Uint8Array; readonly authenticationSpki: Uint8Array },
  clock: Clock,
): Promise<{ readonly certificate: Uint8Array } & CardTrust> =>
  withBureau(dir, clock, async (bureau) => {
    const body = {
      key: toBase64(clerk.spki),
      authenticationKey: toBase64(clerk.authenticationSpki),
      institution: bureau.keys.institution,
      role: 'clerk',
      name: clerk.name,
    } as const;
    const { certificate, authentication } = await issueStaffCard(bureau, body, 'folder', signal);
    return {
      certificate: fromBase64(certificate),
      authentication: fromBase64(authentication),
      bureauSigning: bureau.keys.signing.certificate.der,
    };
  });
