/**
 * Safety at the clinic: allergies, findings about a draft, and the doctor's reasons. The terms are those of FHIR R4 (AllergyIntolerance,
 * DetectedIssue) and of the ATC classification (WHO).
 * @module
 */
import { z } from 'zod';
import { Day } from './formats.ts';

/** A group or a substance of the ATC classification: 3, 4, 5 or 7 characters (second to fifth level). */
export const AtcGroup = z.string().regex(/^[A-Z][0-9]{2}(?:[A-Z](?:[A-Z](?:[0-9]{2})?)?)?$/u);

/** Name of a class of allergens in an institution's table, e.g. `penicillins`. */
export const AllergenId = z.string().regex(/^[a-z][a-z0-9-]{0,34}$/u);

/** Most bytes of UTF-8 that name a substance: what EF ALLERGY of the health card has room for. */
const SUBSTANCE_MAX = 35;

/** Bytes of a text in UTF-8. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** A substance in free words: trimmed, no control or format characters, at most {@link SUBSTANCE_MAX} bytes. */
export const SubstanceText = z
  .string()
  .min(1)
  .refine((text) => text === text.trim() && !/[\p{Cc}\p{Cf}\p{Cs}]/u.test(text) && utf8Length(text) <= SUBSTANCE_MAX);

/** What somebody is allergic to. Only `text` can never be checked by a table. */
export const Substance = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('atc'), code: AtcGroup }),
  z.strictObject({ kind: z.literal('class'), code: AllergenId }),
  z.strictObject({ kind: z.literal('text'), code: SubstanceText }),
]);
export type Substance = z.infer<typeof Substance>;

/** Tells substances apart. */
export const substanceKey = ({ kind, code }: Substance): string => `${kind}:${code}`;

/** How bad the next reaction may be (FHIR `criticality`). */
export const Criticality = z.enum(['low', 'high', 'unable-to-assess']);
export type Criticality = z.infer<typeof Criticality>;

/** An allergy that the doctor records at this visit. */
export const AllergyDraft = z.strictObject({ substance: Substance, criticality: Criticality });
export type AllergyDraft = z.infer<typeof AllergyDraft>;

/** An allergy as card and bureau keep it; `recorded` is the day of the first record of it. */
export const Allergy = AllergyDraft.extend({ recorded: Day });
export type Allergy = z.infer<typeof Allergy>;

/** As a signed record states it: `confirmed` by a doctor's signature, or only carried over from a card. */
export const StatedAllergy = Allergy.extend({ confirmed: z.boolean() });
export type StatedAllergy = z.infer<typeof StatedAllergy>;

/** Both sources as one: the worse criticality, and what each source says; a source that is left out says nothing of it. */
export const KnownAllergy = StatedAllergy.extend({
  onCard: Criticality.exactOptional(),
  atBureau: Criticality.exactOptional(),
});
export type KnownAllergy = z.infer<typeof KnownAllergy>;

/** How grave a finding is, gravest first. All but `moderate` want a reason from whoever signs nevertheless. */
export const Severity = z.enum(['contraindicated', 'serious', 'moderate']);
export type Severity = z.infer<typeof Severity>;

/** Something that a draft's drugs meet: an allergy, each other, or therapy from before. */
export const Finding = z.strictObject({
  /** The same for the same matter, whatever the order of the lines. */
  id: z.string().min(1).max(120),
  kind: z.enum(['allergy', 'interaction', 'duplicate']),
  severity: Severity,
  /** ATC codes, ascending; one where a drug meets an allergy or itself. */
  codes: z.array(z.string()).min(1).max(2),
  /** The allergen, where the finding is an allergy. */
  substance: Substance.exactOptional(),
  /** True when one of the two is therapy from an earlier record. */
  earlier: z.boolean(),
  /** What the institution's table says of an interaction. */
  text: z.strictObject({ zh: z.string(), en: z.string() }).exactOptional(),
});
export type Finding = z.infer<typeof Finding>;

/** Whether a finding must be answered with a reason before the draft can be signed. */
export const wantsReason = ({ severity }: Pick<Finding, 'severity'>): boolean => severity !== 'moderate';

/** Why the doctor signs in spite of a finding. */
export const Override = z.strictObject({
  finding: z.string().min(1).max(120),
  reason: z
    .string()
    .min(1)
    .max(200)
    .refine((text) => text === text.trim()),
});
export type Override = z.infer<typeof Override>;

/** Which table an institution has loaded. */
export const SafetyTableHead = z.strictObject({
  edition: z.string().min(1).max(40),
  date: Day,
  source: z.string().min(1).max(200),
  licence: z.string().min(1).max(100),
});
export type SafetyTableHead = z.infer<typeof SafetyTableHead>;

/** What was found about a draft, and what was not looked at: nothing is left out without being said. */
export const SafetyReview = z.strictObject({
  /** Gravest first. */
  findings: z.array(Finding),
  /** Allergies that nothing here can be compared with: free words, or a class that this table does not have. */
  unchecked: z.array(Substance),
  /** Earlier records that did not verify: their therapy and allergies are not considered. */
  unverifiedRecords: z.int().min(0),
  /** Allergies for which the health card has no room any more. */
  notOnCard: z.int().min(0),
  /** Left out where no table is loaded: then there are no interactions, classes and duplicates. */
  table: SafetyTableHead.exactOptional(),
});
export type SafetyReview = z.infer<typeof SafetyReview>;
