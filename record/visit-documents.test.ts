import { describe, expect, it } from 'vitest';
import type { VisitDraft } from '../contract/clinic-desk.ts';
import type { Finding, StatedAllergy } from '../contract/safety.ts';
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
      allergies: [],
      issues: [],
    });
    const { rx, mrs } = writePrescription(facts, draft);
    expect(readPrescription(rx)).toEqual({ lines: draft.lines, parts: 1 });
    expect(readPharmacyExtract(mrs)).toEqual(draft.diagnoses);
  });

  it('say how often a refill slip is handed out', () => {
    const slip = { ...draft, parts: 3 };
    expect(readVisitRecord(writeVisitRecord(facts, slip))?.parts).toBe(3);
    const { rx } = writePrescription(facts, slip);
    expect(readPrescription(rx)).toEqual({ lines: draft.lines, parts: 3 });
    expect(decodeUtf8(rx)).toContain('"dispenseRequest":{"numberOfRepeatsAllowed":2}');
    const more = decodeUtf8(rx).replaceAll('"numberOfRepeatsAllowed":2', '"numberOfRepeatsAllowed":3');
    expect(readPrescription(utf8(more))).toBeUndefined();
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

describe('safety in a signed record', () => {
  const allergies: StatedAllergy[] = [
    {
      substance: { kind: 'class', code: 'penicillins' },
      criticality: 'high',
      recorded: '2026-11-21',
      confirmed: true,
    },
    { substance: { kind: 'atc', code: 'M01AE' }, criticality: 'low', recorded: '2024-02-29', confirmed: false },
    {
      substance: { kind: 'text', code: '花生' },
      criticality: 'unable-to-assess',
      recorded: '2020-01-01',
      confirmed: true,
    },
  ];
  const finding = (more: Partial<Finding>): Finding => ({
    id: 'x',
    kind: 'interaction',
    severity: 'serious',
    codes: ['B01AA03', 'M01AE01'],
    earlier: false,
    ...more,
  });
  const findings: Finding[] = [
    finding({ id: 'one', kind: 'allergy', codes: ['J01CA04'], substance: { kind: 'class', code: 'penicillins' } }),
    finding({ id: 'two', text: { zh: '出血', en: 'bleeding' } }),
    finding({ id: 'three', kind: 'duplicate', codes: ['C08CA01'] }),
    finding({ id: 'four', kind: 'duplicate', severity: 'moderate', codes: ['C10AA01', 'C10AA05'] }),
  ];
  const overrides = [
    { finding: 'one', reason: '已做減敏' },
    { finding: 'two', reason: 'INR watched twice a week' },
  ];
  const bytes = writeVisitRecord(facts, { ...draft, overrides }, { allergies, findings });

  it('comes back: allergies with who confirmed them, findings with the reason against each', () => {
    expect(readVisitRecord(bytes)).toMatchObject({
      allergies,
      issues: [
        {
          code: 'ALGY',
          severity: 'high',
          medications: ['J01CA04'],
          substance: { kind: 'class', code: 'penicillins' },
          reason: '已做減敏',
        },
        { code: 'DRG', medications: ['B01AA03', 'M01AE01'], reason: 'INR watched twice a week' },
        { code: 'DUPTHPGEN', severity: 'high', medications: ['C08CA01'] },
        { code: 'DUPTHPCLS', severity: 'moderate', medications: ['C10AA01', 'C10AA05'] },
      ],
    });
  });

  it.each(['AllergyIntolerance', 'DetectedIssue'])('is refused when an %s is about somebody else', (type) => {
    const parts = decodeUtf8(bytes).split(`"resourceType":"${type}"`);
    const other = `"patient":{"reference":"Patient/${'c'.repeat(32)}"}`;
    const [head = '', first = '', ...rest] = parts;
    const swapped = first.replace(`"patient":{"reference":"Patient/${facts.pid}"}`, other);
    expect(swapped).not.toBe(first);
    expect(readVisitRecord(utf8([head, swapped, ...rest].join(`"resourceType":"${type}"`)))).toBeUndefined();
  });

  it('is not written larger than a record may be', () => {
    const many = Array.from({ length: 400 }, (_, i) => finding({ id: `${i}` }));
    expect(() => writeVisitRecord(facts, draft, { allergies: [], findings: many })).toThrow(
      expect.objectContaining({ code: 'REQUEST_TOO_LARGE' }),
    );
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
