/**
 * Allergies and findings as FHIR R4 resources of a visit's record, and back: AllergyIntolerance and DetectedIssue (hl7.org/fhir/R4).
 * @module
 */
import { type Finding, type StatedAllergy, type Substance, wantsReason } from '../contract/safety.ts';
import { type AllergyIntolerance, type DetectedIssue, SYSTEM } from './fhir.ts';
import { encounterOf, only, subjectOf, type VisitFacts } from './visit-facts.ts';

/** What a record says of one finding: the code of FHIR, the drugs (ATC), the allergen where it is coded, and the reason where one was given. */
export interface RecordedIssue {
  readonly code: 'ALGY' | 'DRG' | 'DUPTHPGEN' | 'DUPTHPCLS';
  readonly severity: DetectedIssue['severity'];
  readonly medications: readonly string[];
  readonly substance?: Substance;
  readonly reason?: string;
}

function codeOf({ kind, code }: Substance): AllergyIntolerance['code'] {
  switch (kind) {
    case 'atc':
      return { coding: [{ system: SYSTEM.atc, code }] };
    case 'class':
      return { coding: [{ system: SYSTEM.allergen, code }] };
    case 'text':
      return { text: code };
  }
}

/** A substance out of system and code. */
const substanceOf = (system: string, code: string): Substance =>
  system === SYSTEM.atc ? { kind: 'atc', code } : { kind: 'class', code };

/** An allergy as a resource of the visit. */
export const allergyOf = (facts: VisitFacts, allergy: StatedAllergy): AllergyIntolerance => ({
  resourceType: 'AllergyIntolerance',
  clinicalStatus: { coding: [{ system: SYSTEM.allergyClinical, code: 'active' }] },
  verificationStatus: {
    coding: [{ system: SYSTEM.allergyVerification, code: allergy.confirmed ? 'confirmed' : 'unconfirmed' }],
  },
  criticality: allergy.criticality,
  code: codeOf(allergy.substance),
  patient: subjectOf(facts),
  encounter: encounterOf(facts),
  recordedDate: allergy.recorded,
});

/** And back. */
export function statedAllergyOf({
  code,
  criticality,
  recordedDate,
  verificationStatus,
}: AllergyIntolerance): StatedAllergy {
  const coded = 'text' in code ? undefined : only(code.coding);
  return {
    substance:
      coded === undefined
        ? { kind: 'text', code: 'text' in code ? code.text : '' }
        : substanceOf(coded.system, coded.code),
    criticality,
    recorded: recordedDate,
    confirmed: only(verificationStatus.coding).code === 'confirmed',
  };
}

function issueCode({ kind, codes }: Finding): RecordedIssue['code'] {
  switch (kind) {
    case 'allergy':
      return 'ALGY';
    case 'interaction':
      return 'DRG';
    case 'duplicate':
      return codes.length === 1 ? 'DUPTHPGEN' : 'DUPTHPCLS';
  }
}

/** The allergen by identifier, where it has one. */
function allergenOf(substance: Substance | undefined): DetectedIssue['implicated'] {
  switch (substance?.kind) {
    case 'atc':
      return [{ type: 'AllergyIntolerance', identifier: { system: SYSTEM.atc, value: substance.code } }];
    case 'class':
      return [{ type: 'AllergyIntolerance', identifier: { system: SYSTEM.allergen, value: substance.code } }];
    case 'text':
    case undefined:
      return [];
  }
}

/** A finding as a resource of the visit, with the reason of whoever signs in spite of it. */
export function issueOf(facts: VisitFacts, finding: Finding, reason: string | undefined): DetectedIssue {
  const { codes, substance, text } = finding;
  return {
    resourceType: 'DetectedIssue',
    status: 'final',
    code: { coding: [{ system: SYSTEM.actCode, code: issueCode(finding) }] },
    severity: wantsReason(finding) ? 'high' : 'moderate',
    patient: subjectOf(facts),
    identifiedDateTime: facts.day,
    implicated: [
      ...codes.map((value) => ({ type: 'Medication', identifier: { system: SYSTEM.atc, value } }) as const),
      ...allergenOf(substance),
    ],
    ...(text === undefined ? {} : { detail: `${text.zh} / ${text.en}` }),
    ...(reason === undefined ? {} : { mitigation: [{ action: { text: reason }, date: facts.day }] }),
  };
}

/** And back, as far as people read it. */
export function recordedIssueOf({ code, severity, implicated, mitigation }: DetectedIssue): RecordedIssue {
  const allergen = implicated.find(({ type }) => type === 'AllergyIntolerance')?.identifier;
  const reason = mitigation?.[0]?.action.text;
  return {
    code: only(code.coding).code,
    severity,
    medications: implicated.flatMap(({ type, identifier }) => (type === 'Medication' ? [identifier.value] : [])),
    ...(allergen === undefined ? {} : { substance: substanceOf(allergen.system, allergen.value) }),
    ...(reason === undefined ? {} : { reason }),
  };
}
