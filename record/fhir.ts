/**
 * The part of FHIR R4 (hl7.org/fhir/R4) that the product writes and reads, as strict schemas. No Practitioner, PractitionerRole or
 * licence appears: the author of a signed document is the group. Patient.name is masked (data-absent-reason).
 * @module
 */
import { z } from 'zod';
import { Day, Id16, InstitutionCode } from '../contract/formats.ts';
import { MAX_PARTS } from '../contract/refill.ts';
import { AllergenId, AtcGroup, Criticality, SubstanceText } from '../contract/safety.ts';
import { IMIS_OID } from '../crypto/common/oids.ts';

/** Code systems and identifier systems in use. */
export const SYSTEM = {
  icd10: 'http://hl7.org/fhir/sid/icd-10',
  atc: 'http://www.whocc.no/atc',
  ucum: 'http://unitsofmeasure.org',
  actCode: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  clinicalStatus: 'http://terminology.hl7.org/CodeSystem/condition-clinical',
  allergyClinical: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical',
  allergyVerification: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification',
  absent: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
  pid: `urn:oid:${IMIS_OID.pidSystem}`,
  visit: `urn:oid:${IMIS_OID.visitSystem}`,
  institution: `urn:oid:${IMIS_OID.institutionSystem}`,
  allergen: `urn:oid:${IMIS_OID.allergenSystem}`,
} as const;

const identifier = <V extends z.ZodType>(system: string, value: V) =>
  z.strictObject({ system: z.literal(system), value });
const coding = <C extends string>(system: string, code: z.ZodType<C>) =>
  z.strictObject({
    coding: z
      .array(z.strictObject({ system: z.literal(system), code, display: z.string().max(200).optional() }))
      .length(1),
  });
const Reference = z.strictObject({ reference: z.string().regex(/^(Patient|Encounter)\/[0-9a-f]{32}$/u) });

/** The pseudonymous patient. */
const Patient = z.strictObject({
  resourceType: z.literal('Patient'),
  id: Id16,
  identifier: z.array(identifier(SYSTEM.pid, Id16)).length(1),
  name: z
    .array(
      z.strictObject({
        extension: z.array(z.strictObject({ url: z.literal(SYSTEM.absent), valueCode: z.literal('masked') })).length(1),
      }),
    )
    .length(1),
});

/** One ambulatory visit at an institution; its id is the visit's. */
const Encounter = z.strictObject({
  resourceType: z.literal('Encounter'),
  id: Id16,
  identifier: z.array(identifier(SYSTEM.visit, Id16)).length(1),
  status: z.literal('finished'),
  class: z.strictObject({ system: z.literal(SYSTEM.actCode), code: z.literal('AMB') }),
  subject: Reference,
  period: z.strictObject({ start: Day }),
  serviceProvider: z.strictObject({ identifier: identifier(SYSTEM.institution, InstitutionCode) }),
});

/** A diagnosis, ICD-10. The note of the visit stands on the first one. */
export const Condition = z.strictObject({
  resourceType: z.literal('Condition'),
  clinicalStatus: coding(SYSTEM.clinicalStatus, z.literal('active')),
  code: coding(SYSTEM.icd10, z.string().min(3).max(8)),
  subject: Reference,
  encounter: Reference,
  note: z
    .array(z.strictObject({ text: z.string().min(1).max(2000) }))
    .length(1)
    .optional(),
});

/** One line of therapy, ATC. */
export const MedicationRequest = z.strictObject({
  resourceType: z.literal('MedicationRequest'),
  status: z.literal('active'),
  intent: z.literal('order'),
  medicationCodeableConcept: coding(SYSTEM.atc, z.string().min(3).max(7)),
  subject: Reference,
  encounter: Reference,
  dosageInstruction: z
    .array(
      z.strictObject({
        timing: z.strictObject({
          repeat: z.strictObject({
            boundsDuration: z.strictObject({
              value: z.int().min(1).max(90),
              unit: z.literal('d'),
              system: z.literal(SYSTEM.ucum),
              code: z.literal('d'),
            }),
            frequency: z.int().min(1).max(12),
            period: z.literal(1),
            periodUnit: z.literal('d'),
          }),
        }),
        doseAndRate: z
          .array(
            z.strictObject({
              doseQuantity: z.strictObject({
                value: z.number().positive(),
                unit: z.enum(['tablet', 'capsule', 'ml', 'puff', 'drop']),
              }),
            }),
          )
          .length(1),
      }),
    )
    .length(1),
  /** On a refill slip: the same again, once or twice more. */
  dispenseRequest: z
    .strictObject({
      numberOfRepeatsAllowed: z
        .int()
        .min(1)
        .max(MAX_PARTS - 1),
    })
    .exactOptional(),
});

/** An allergy as the doctor knew it when signing; what was known before is stated again, `unconfirmed` where only the card said so. */
export const AllergyIntolerance = z.strictObject({
  resourceType: z.literal('AllergyIntolerance'),
  clinicalStatus: coding(SYSTEM.allergyClinical, z.literal('active')),
  verificationStatus: coding(SYSTEM.allergyVerification, z.enum(['confirmed', 'unconfirmed'])),
  criticality: Criticality,
  code: z.union([
    coding(SYSTEM.atc, AtcGroup),
    coding(SYSTEM.allergen, AllergenId),
    z.strictObject({ text: SubstanceText }),
  ]),
  patient: Reference,
  encounter: Reference,
  /** Day of the first record of it. */
  recordedDate: Day,
});

/** A reference by identifier alone: a drug of this or an earlier record, or an allergen. */
const Implicated = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('Medication'), identifier: identifier(SYSTEM.atc, z.string().min(3).max(7)) }),
  z.strictObject({
    type: z.literal('AllergyIntolerance'),
    identifier: z.union([identifier(SYSTEM.atc, AtcGroup), identifier(SYSTEM.allergen, AllergenId)]),
  }),
]);

/**
 * What was shown before signing. ALGY: a drug meets an allergy; DRG: two drugs interact; DUPTHPGEN, DUPTHPCLS: duplicate therapy, the same
 * substance or group. `mitigation` holds the reason of whoever signed nevertheless.
 */
export const DetectedIssue = z.strictObject({
  resourceType: z.literal('DetectedIssue'),
  status: z.literal('final'),
  code: coding(SYSTEM.actCode, z.enum(['ALGY', 'DRG', 'DUPTHPGEN', 'DUPTHPCLS'])),
  /** `high` of what is contraindicated or serious. */
  severity: z.enum(['high', 'moderate']),
  patient: Reference,
  identifiedDateTime: Day,
  implicated: z.array(Implicated).min(1).max(3),
  /** The table's sentence in both languages. */
  detail: z.string().min(1).max(700).optional(),
  mitigation: z
    .array(z.strictObject({ action: z.strictObject({ text: z.string().min(1).max(200) }), date: Day }))
    .length(1)
    .optional(),
});

const entry = <R extends z.ZodType>(resource: R) => z.strictObject({ resource });

const VISIT_RESOURCES = [Patient, Encounter, Condition, MedicationRequest, AllergyIntolerance, DetectedIssue] as const;

/** Most resources of a visit. */
export const VISIT_RESOURCES_MAX = 400;

/** Eq 9, NewRC_S: Patient, Encounter, Conditions, MedicationRequests, AllergyIntolerances, DetectedIssues. */
export const VisitBundle = z.strictObject({
  resourceType: z.literal('Bundle'),
  type: z.literal('collection'),
  entry: z
    .array(entry(z.discriminatedUnion('resourceType', VISIT_RESOURCES)))
    .min(3)
    .max(VISIT_RESOURCES_MAX),
});
export type VisitBundle = z.infer<typeof VisitBundle>;

/** Eq 10, R_X: the lines of one prescription, in order. */
export const PrescriptionBundle = z.strictObject({
  resourceType: z.literal('Bundle'),
  type: z.literal('collection'),
  entry: z.array(entry(MedicationRequest)).min(1).max(60),
});
export type PrescriptionBundle = z.infer<typeof PrescriptionBundle>;

/** Eq 10, MR_S: what the pharmacist needs of the record, the diagnoses. */
export const PharmacyExtract = z.strictObject({
  resourceType: z.literal('Bundle'),
  type: z.literal('collection'),
  entry: z.array(entry(Condition)).min(1).max(6),
});
export type PharmacyExtract = z.infer<typeof PharmacyExtract>;

export type MedicationRequest = z.infer<typeof MedicationRequest>;
export type Condition = z.infer<typeof Condition>;
export type AllergyIntolerance = z.infer<typeof AllergyIntolerance>;
export type DetectedIssue = z.infer<typeof DetectedIssue>;
