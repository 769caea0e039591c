/**
 * From what the doctor filled in to the FHIR documents that are signed (eq 9 and 10), and back to what people read.
 * Documents are UTF-8 JSON; the bytes that were signed are kept as they are, so nothing is canonicalised.
 * @module
 */

import type { RecordSummary, VisitDraft } from '../contract/clinic-desk.ts';
import { ImisError } from '../contract/errors.ts';
import type { MedicationLine } from '../contract/medication-line.ts';
import type { Finding, StatedAllergy } from '../contract/safety.ts';
import { utf8 } from '../crypto/common/bytes.ts';
import { decodeUtf8 } from '../crypto/common/utf8.ts';
import {
  type Condition,
  type MedicationRequest,
  PharmacyExtract,
  PrescriptionBundle,
  SYSTEM,
  VISIT_RESOURCES_MAX,
  VisitBundle,
} from './fhir.ts';
import { allergyOf, issueOf, type RecordedIssue, recordedIssueOf, statedAllergyOf } from './safety-documents.ts';
import { encounterOf, only, subjectOf, type VisitFacts } from './visit-facts.ts';

export type { VisitFacts };

const conditionOf = (facts: VisitFacts, code: string, note: string): Condition => ({
  resourceType: 'Condition',
  clinicalStatus: { coding: [{ system: SYSTEM.clinicalStatus, code: 'active' }] },
  code: { coding: [{ system: SYSTEM.icd10, code }] },
  subject: subjectOf(facts),
  encounter: encounterOf(facts),
  ...(note === '' ? {} : { note: [{ text: note }] }),
});

const requestOf = (facts: VisitFacts, line: MedicationLine, parts = 1): MedicationRequest => ({
  resourceType: 'MedicationRequest',
  status: 'active',
  intent: 'order',
  medicationCodeableConcept: { coding: [{ system: SYSTEM.atc, code: line.code }] },
  subject: subjectOf(facts),
  encounter: encounterOf(facts),
  dosageInstruction: [
    {
      timing: {
        repeat: {
          boundsDuration: { value: line.days, unit: 'd', system: SYSTEM.ucum, code: 'd' },
          frequency: line.timesPerDay,
          period: 1,
          periodUnit: 'd',
        },
      },
      doseAndRate: [{ doseQuantity: { value: line.dose, unit: line.unit } }],
    },
  ],
  ...(parts === 1 ? {} : { dispenseRequest: { numberOfRepeatsAllowed: parts - 1 } }),
});

/** How often the most often repeated of some requests is handed out. */
const partsOf = (requests: readonly MedicationRequest[]): number =>
  Math.max(1, ...requests.map(({ dispenseRequest }) => 1 + (dispenseRequest?.numberOfRepeatsAllowed ?? 0)));

const bytesOf = (document: unknown): Uint8Array => utf8(JSON.stringify(document));

/** What is signed of safety: the allergies known, and what was found about the draft, whose overrides answer it. */
export interface SafetyStatement {
  readonly allergies: readonly StatedAllergy[];
  readonly findings: readonly Finding[];
}

/** Eq 9: NewRC_S as JSON bytes. Throws REQUEST_TOO_LARGE for more resources than a record may hold. */
export function writeVisitRecord(
  facts: VisitFacts,
  draft: VisitDraft,
  { allergies, findings }: SafetyStatement = { allergies: [], findings: [] },
): Uint8Array {
  const reasons = new Map(draft.overrides?.map(({ finding, reason }) => [finding, reason]));
  const bundle: VisitBundle = {
    resourceType: 'Bundle',
    type: 'collection',
    entry: [
      {
        resource: {
          resourceType: 'Patient',
          id: facts.pid,
          identifier: [{ system: SYSTEM.pid, value: facts.pid }],
          name: [{ extension: [{ url: SYSTEM.absent, valueCode: 'masked' }] }],
        },
      },
      {
        resource: {
          resourceType: 'Encounter',
          id: facts.visitId,
          identifier: [{ system: SYSTEM.visit, value: facts.visitId }],
          status: 'finished',
          class: { system: SYSTEM.actCode, code: 'AMB' },
          subject: subjectOf(facts),
          period: { start: facts.day },
          serviceProvider: { identifier: { system: SYSTEM.institution, value: facts.institution } },
        },
      },
      ...draft.diagnoses.map((code, i) => ({ resource: conditionOf(facts, code, i === 0 ? draft.note : '') })),
      ...draft.lines.map((line) => ({ resource: requestOf(facts, line, draft.parts) })),
      ...allergies.map((allergy) => ({ resource: allergyOf(facts, allergy) })),
      ...findings.map((finding) => ({ resource: issueOf(facts, finding, reasons.get(finding.id)) })),
    ],
  };
  if (bundle.entry.length > VISIT_RESOURCES_MAX)
    throw new ImisError('REQUEST_TOO_LARGE', `a record of ${bundle.entry.length} resources`);
  return bytesOf(VisitBundle.parse(bundle));
}

/** Eq 10: R_X and MR_S as JSON bytes. */
export function writePrescription(facts: VisitFacts, draft: VisitDraft): { rx: Uint8Array; mrs: Uint8Array } {
  const rx: PrescriptionBundle = {
    resourceType: 'Bundle',
    type: 'collection',
    entry: draft.lines.map((line) => ({ resource: requestOf(facts, line, draft.parts) })),
  };
  const mrs: PharmacyExtract = {
    resourceType: 'Bundle',
    type: 'collection',
    entry: draft.diagnoses.map((code) => ({ resource: conditionOf(facts, code, '') })),
  };
  return { rx: bytesOf(PrescriptionBundle.parse(rx)), mrs: bytesOf(PharmacyExtract.parse(mrs)) };
}

function lineOf(request: MedicationRequest): MedicationLine {
  const dosage = only(request.dosageInstruction);
  const dose = only(dosage.doseAndRate).doseQuantity;
  return {
    code: only(request.medicationCodeableConcept.coding).code,
    dose: dose.value,
    unit: dose.unit,
    timesPerDay: dosage.timing.repeat.frequency,
    days: dosage.timing.repeat.boundsDuration.value,
  };
}

/** Reads JSON bytes against a schema; undefined when they are not that document. */
function read<T>(
  schema: { safeParse(raw: unknown): { success: boolean; data?: T } },
  bytes: Uint8Array,
): T | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(decodeUtf8(bytes));
  } catch (cause) {
    // Not UTF-8 or not JSON: the same answer as JSON of another shape.
    if (cause instanceof Error) return undefined;
    throw cause;
  }
  return schema.safeParse(raw).data;
}

/** The lines of R_X and how often they are handed out, or undefined when the bytes are not such a document. */
export function readPrescription(
  rx: Uint8Array,
): { readonly lines: readonly MedicationLine[]; readonly parts: number } | undefined {
  const requests = read(PrescriptionBundle, rx)?.entry.map(({ resource }) => resource);
  return requests === undefined ? undefined : { lines: requests.map(lineOf), parts: partsOf(requests) };
}

/** The diagnoses of MR_S, or undefined when the bytes are not such a document. */
export const readPharmacyExtract = (mrs: Uint8Array): readonly string[] | undefined =>
  read(PharmacyExtract, mrs)?.entry.map(({ resource }) => only(resource.code.coding).code);

/** What a signed record says. */
export interface VisitRecord extends VisitFacts, Pick<RecordSummary, 'diagnoses' | 'lines' | 'parts'> {
  readonly note: string;
  readonly allergies: readonly StatedAllergy[];
  readonly issues: readonly RecordedIssue[];
}

/** Reads a signed record; undefined when the bytes are not such a document or speak of several people or visits. */
export function readVisitRecord(bytes: Uint8Array): VisitRecord | undefined {
  const bundle = read(VisitBundle, bytes);
  if (bundle === undefined) return undefined;
  const resources = bundle.entry.map(({ resource }) => resource);
  const patients = resources.filter((resource) => resource.resourceType === 'Patient');
  const encounters = resources.filter((resource) => resource.resourceType === 'Encounter');
  const conditions = resources.filter((resource) => resource.resourceType === 'Condition');
  const requests = resources.filter((resource) => resource.resourceType === 'MedicationRequest');
  const allergies = resources.filter((resource) => resource.resourceType === 'AllergyIntolerance');
  const issues = resources.filter((resource) => resource.resourceType === 'DetectedIssue');
  const [patient, encounter] = [patients[0], encounters[0]];
  if (patient === undefined || encounter === undefined || patients.length > 1 || encounters.length > 1)
    return undefined;
  const subject = `Patient/${patient.id}`;
  const about =
    [encounter, ...conditions, ...requests].every((resource) => resource.subject.reference === subject) &&
    [...allergies, ...issues].every((resource) => resource.patient.reference === subject);
  const during = [...conditions, ...requests, ...allergies].every(
    (resource) => resource.encounter.reference === `Encounter/${encounter.id}`,
  );
  if (!about || !during || conditions.length === 0) return undefined;
  if (only(patient.identifier).value !== patient.id || only(encounter.identifier).value !== encounter.id)
    return undefined;
  return {
    pid: patient.id,
    visitId: encounter.id,
    institution: encounter.serviceProvider.identifier.value,
    day: encounter.period.start,
    diagnoses: conditions.map((condition) => only(condition.code.coding).code),
    lines: requests.map(lineOf),
    ...(partsOf(requests) === 1 ? {} : { parts: partsOf(requests) }),
    note: conditions.flatMap((condition) => condition.note ?? []).map(({ text }) => text)[0] ?? '',
    allergies: allergies.map(statedAllergyOf),
    issues: issues.map(recordedIssueOf),
  };
}
