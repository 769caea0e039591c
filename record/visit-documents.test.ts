import { describe, expect, it } from 'vitest';
import type { VisitDraft } from '../contract/station.ts';
import { utf8 } from '../crypto/common/bytes.ts';
import { decodeUtf8 } from '../crypto/common/utf8.ts';
import { maskName } from './mask-name.ts';
import {
  readPharmacyExtract,
  readPrescription,
  readVisitRecord,
  writePrescription,
  writeVisitRecord,
} from './visit-documents.ts';

const facts = { pid: 'a'.repeat(32), visitId: 'b'.repeat(32), institution: '0401180014', day: '2026-11-21' };
const draft: VisitDraft = {
  diagnoses: ['I10', 'E11.9'],
  note: '血壓 150/95',
  lines: [
    { code: 'C08CA01', dose: 1, unit: 'tablet', timesPerDay: 1, days: 28 },
    { code: 'A10BA02', dose: 1, unit: 'tablet', timesPerDay: 2, days: 28 },
  ],
};

describe('visit documents', () => {
  it('come back as they were written', () => {
    expect(readVisitRecord(writeVisitRecord(facts, draft))).toEqual({
      ...facts,
      diagnoses: draft.diagnoses,
      lines: draft.lines,
      note: draft.note,
    });
    const { rx, mrs } = writePrescription(facts, draft);
    expect(readPrescription(rx)).toEqual(draft.lines);
    expect(readPharmacyExtract(mrs)).toEqual(draft.diagnoses);
  });

  it('name no person and no practitioner', () => {
    const text = decodeUtf8(writeVisitRecord(facts, draft));
    expect(text).toContain('"valueCode":"masked"');
    expect(text).not.toMatch(/Practitioner|licence|family/u);
  });

  it('are refused when they speak of two patients, carry foreign fields or are no JSON', () => {
    const text = decodeUtf8(writeVisitRecord(facts, draft));
    const swapped = text.replace(
      `"subject":{"reference":"Patient/${facts.pid}"}`,
      `"subject":{"reference":"Patient/${'c'.repeat(32)}"}`,
    );
    expect(readVisitRecord(utf8(swapped))).toBeUndefined();
    expect(readVisitRecord(utf8(text.replace('"type":"collection"', '"type":"collection","total":1')))).toBeUndefined();
    expect(readVisitRecord(utf8('{'))).toBeUndefined();
    expect(readVisitRecord(Uint8Array.of(0xc0, 0x80))).toBeUndefined();
  });
});

describe('masked names', () => {
  it('keep the outer characters', () => {
    expect(maskName('王小明')).toBe('王○明');
    expect(maskName('王明')).toBe('王○');
    expect(maskName('歐陽小𠮷')).toBe('歐○○𠮷');
    expect(maskName('Mary Jane Smith')).toBe('M○ J○ S○');
  });
});
