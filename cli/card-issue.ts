/**
 * `imis card issue`: a card at the bureau's issuing desk, by a clerk whose staff card is in another slot.
 * @module
 */
import type { IssueRequest } from '../main/app/issue-card.ts';
import { type Command, type Given, type Option, optional, print, readYes, required, UsageError } from './command.ts';
import { OFFICE_OPTIONS, officeOf } from './office-arguments.ts';

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

/** What a card that is issued needs. */
export const ISSUE_OPTIONS = {
  ...OFFICE_OPTIONS,
  reader: required('NAME', 'reader slot with the blank card'),
  kind: required('KIND', 'patient, doctor or staff'),
  'pin-letter': optional('FILE', 'file to make for PIN and PUK, instead of printing them'),
  'transport-pin': optional('yes', 'the holder must change this PIN before the card opens anything'),
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
} as const satisfies Record<string, Option>;

/** Issues a card, instead of another where one is named, and prints what was done. */
export async function issueAndPrint(given: Given, instead?: NonNullable<IssueRequest['instead']>): Promise<void> {
  const card = orderOf(given);
  const { issueCard } = await import('../main/app/issue-card.ts');
  const { kind, ...rest } = await issueCard({
    ...(await officeOf(given)),
    reader: given.value('reader'),
    pinLetter: given.optional('pin-letter'),
    transportPin: readYes('transport-pin', given.optional('transport-pin')),
    card,
    ...(instead === undefined ? {} : { instead }),
  });
  if (rest.publicKey === undefined) print({ issued: kind, ...rest });
  else print({ waiting: kind, ...rest });
}

export const cardIssue: Command = {
  words: ['card', 'issue'],
  summary: 'issue a blank card at the bureau’s issuing desk; prints its PIN and PUK once',
  options: ISSUE_OPTIONS,
  run: (given) => issueAndPrint(given),
};
