/**
 * Eq 11 from the contract's form into the card application's.
 * @module
 */
import { encodeAllergyRecord } from '../../card/apps/allergy-record.ts';
import type { VisitSet } from '../../card/apps/patient-app.ts';
import { type PrescriptionOnCard, VisitOnCard } from '../../contract/card-service.ts';
import type { Allergy } from '../../contract/safety.ts';
import { bcdOf } from '../../crypto/common/bcd.ts';
import { fromHex, utf8 } from '../../crypto/common/bytes.ts';

/** A set as a desk names it. */
interface NamedSet {
  /** Hex, 32 bytes. */
  readonly reference: string;
  readonly visit: VisitOnCard;
  readonly prescription?:
    | { readonly record: Omit<PrescriptionOnCard, 'used' | 'status'>; readonly body: Uint8Array }
    | undefined;
  readonly allergies?: readonly Allergy[];
}

const DAY_MS = 86_400_000;
/** Days since 1970-01-01 of YYYY-MM-DD, and back; no time zone comes into it. */
const dayNumber = (day: string): number => Date.parse(`${day}T00:00:00Z`) / DAY_MS;
export const dayOfNumber = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** The records that go on the card; the visit as JSON in UTF-8, its fields in the order of the schema, so that a card knows it again. */
export function visitSetOf({
  reference,
  visit,
  prescription,
  allergies = [],
}: NamedSet): VisitSet & { readonly visit: Uint8Array } {
  return {
    reference: fromHex(reference),
    visit: utf8(JSON.stringify(VisitOnCard.parse(visit))),
    prescriptions:
      prescription === undefined
        ? []
        : [
            {
              record: {
                ...prescription.record,
                rxId: fromHex(prescription.record.rxId),
                hash16: fromHex(prescription.record.hash16),
                pharmacy: bcdOf(prescription.record.pharmacy),
              },
              body: prescription.body,
            },
          ],
    allergies: allergies.map(({ substance, criticality, recorded }) =>
      encodeAllergyRecord({ ...substance, criticality, day: dayNumber(recorded) }),
    ),
  };
}
