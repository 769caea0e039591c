/**
 * Eq 15: what saves a life, out of the records of eq 9 that the bureau keeps: allergies, medication of the last six months, diagnoses.
 * @module
 */
import { dayAfter } from '../../contract/calendar.ts';
import type { EmergencyRecord } from '../../contract/emergency.ts';
import { parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import { mergeAllergies } from '../../record/merge-allergies.ts';
import { readVisitRecord, type VisitRecord } from '../../record/visit-documents.ts';
import type { Row } from '../store/tables.ts';

const MEDICATION_DAYS = 183;

/** The day `days` after a day, YYYY-MM-DD. */
const daysAfter = (day: string, days: number): string => dayAfter(Date.parse(`${day}T12:00:00+08:00`), days);

/** Records as they are kept, read. */
export const readRecords = (rows: readonly Row<'clinical_record'>[]): readonly VisitRecord[] =>
  rows.map(({ signed }) => {
    const record = readVisitRecord(parseSignedMessage(new Uint8Array(signed)).content);
    if (record === undefined) throw new Error('a record that was accepted and cannot be read');
    return record;
  });

/** `records` newest first, `now` in ms since 1970. */
export function minimalRecord(
  records: readonly VisitRecord[],
  now: number,
): Pick<EmergencyRecord, 'allergies' | 'medication' | 'diagnoses'> {
  const since = dayAfter(now, -MEDICATION_DAYS);
  const allergies = mergeAllergies([], records.map((record) => record.allergies).reverse()).map(
    ({ substance, criticality, recorded, confirmed }) => ({ substance, criticality, recorded, confirmed }),
  );
  const medication = records
    .filter(({ day }) => day >= since)
    .flatMap(({ day, lines, parts = 1 }) =>
      lines.map((line) => ({ ...line, from: day, until: daysAfter(day, line.days * parts - 1) })),
    );
  const diagnoses = new Map<string, string>();
  for (const { day, diagnoses: codes } of records)
    for (const code of codes) if ((diagnoses.get(code) ?? '') < day) diagnoses.set(code, day);
  return {
    allergies,
    medication: medication.sort((a, b) => (a.from < b.from ? 1 : a.from > b.from ? -1 : 0)),
    diagnoses: [...diagnoses]
      .map(([code, at]) => ({ code, at }))
      .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)),
  };
}
