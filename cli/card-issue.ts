/**
 * `imis card issue`: a card at the bureau's issuing desk, by a clerk whose staff card is in another slot.
 * @module
 */
import type { IssueRequest } from '../main/app/issue-card.ts';
import { type Command, type Given, optional, print, required, UsageError } from './command.ts';

/** An argument that this kind of card needs. */
function needed(given: Given, name: string, why: string): string {
  const value = given.optional(name);
  if (value === undefined) throw new UsageError(`--${name} is missing: ${why}`);
  return value;
}

function doctorOf(given: Given): IssueRequest['card'] {
  const [authority, certificate] = [given.optional('authority'), given.optional('certificate')];
  if (authority !== undefined && certificate !== undefined)
    throw new UsageError('--authority and --certificate exclude each other');
  const classes = needed(given, 'classes', 'a doctor has classes');
  if (certificate !== undefined) return { kind: 'doctor', classes, source: { certificate } };
  if (authority === undefined) return { kind: 'doctor', classes, source: 'key-only' };
  const why = 'the stand-in authority certifies it';
  const source = { authority, doctorId: needed(given, 'doctor-id', why), name: needed(given, 'name', why) };
  return { kind: 'doctor', classes, source };
}

function patientOf(given: Given): IssueRequest['card'] {
  const authority = given.optional('authority');
  const [key, certificate] = [given.optional('civil-key'), given.optional('civil-certificate')];
  const nhiReader = given.optional('nhi-reader');
  const typed = {
    name: given.optional('name'),
    nationalId: given.optional('national-id'),
    birthDate: given.optional('birth-date'),
    sex: given.optional('sex'),
  };
  if (nhiReader === undefined && Object.values(typed).includes(undefined))
    throw new UsageError('a patient: --nhi-reader, or --name, --national-id, --birth-date and --sex');
  const pair = key !== undefined && certificate !== undefined ? { key, certificate } : undefined;
  const one = (key === undefined) === (certificate === undefined) && (authority === undefined) !== (pair === undefined);
  if (!one) throw new UsageError('a patient: --civil-key and --civil-certificate, or --authority');
  const civil = pair ?? { authority: authority ?? '' };
  return { kind: 'patient', typed, nhiReader, civil };
}

function orderOf(given: Given): IssueRequest['card'] {
  const kind = given.value('kind');
  switch (kind) {
    case 'staff':
      return {
        kind,
        institution: needed(given, 'institution', 'where the member of staff works'),
        role: needed(given, 'role', 'what the member of staff is'),
        name: needed(given, 'name', 'it stands in the certificate'),
      };
    case 'doctor':
      return doctorOf(given);
    case 'patient':
      return patientOf(given);
    default:
      throw new UsageError('--kind is patient, doctor or staff');
  }
}

export const cardIssue: Command = {
  words: ['card', 'issue'],
  holdsReaders: true,
  summary: 'issue a blank card at the bureau’s issuing desk; prints its PIN and PUK once',
  options: {
    desk: required('D', 'folder of a terminal with the role bureau'),
    bureau: required('URL', 'address of the bureau'),
    reader: required('NAME', 'reader slot with the blank card'),
    kind: required('KIND', 'patient, doctor or staff'),
    'operator-reader': required('NAME', 'reader slot with the clerk’s staff card'),
    'pin-file': optional('FILE', 'file with the clerk’s PIN; without it the terminal asks'),
    'pin-letter': optional('FILE', 'file to make for PIN and PUK, instead of printing them'),
    name: optional('TEXT', 'name of the holder'),
    institution: optional('CODE', 'staff: ten digits'),
    role: optional('ROLE', 'staff: registrar, nurse, pharmacist, clerk or officer'),
    classes: optional('LIST', 'doctor: 1 physician, 2 dentist, 3 Chinese medicine, 4 emergency, 5 controlled drugs'),
    'doctor-id': optional('ID', 'doctor, with --authority: the identifier in the certificate'),
    certificate: optional('FILE', 'doctor: certificate of the professions’ authority for the card’s key'),
    authority: optional('D', 'DEMONSTRATION: a bureau’s folder, whose stand-in authorities certify'),
    'national-id': optional('ID', 'patient: national number'),
    'birth-date': optional('DAY', 'patient: YYYY-MM-DD'),
    sex: optional('SEX', 'patient: male or female'),
    'nhi-reader': optional('NAME', 'patient: reader slot with the NHI card that says who it is'),
    'civil-key': optional('FILE', 'patient: private key that stands for the citizen’s own card, PEM'),
    'civil-certificate': optional('FILE', 'patient: certificate of that key'),
  },
  async run(given) {
    const card = orderOf(given);
    const [{ issueCard }, { askPin, readPinFile }] = await Promise.all([
      import('../main/app/issue-card.ts'),
      import('../main/app/card-secrets.ts'),
    ]);
    const pinFile = given.optional('pin-file');
    const { kind, ...rest } = await issueCard({
      desk: given.value('desk'),
      bureau: given.value('bureau'),
      reader: given.value('reader'),
      operatorReader: given.value('operator-reader'),
      operatorPin: () => (pinFile === undefined ? askPin('承辦人 PIN / PIN of the clerk: ') : readPinFile(pinFile)),
      pinLetter: given.optional('pin-letter'),
      card,
    });
    if (rest.publicKey === undefined) print({ issued: kind, ...rest });
    else print({ waiting: kind, ...rest });
  },
};
