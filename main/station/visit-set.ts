/**
 * Eq 11 from the contract's form into the card application's.
 * @module
 */
import type { VisitSet } from '../../card/apps/patient-app.ts';
import { type PrescriptionOnCard, VisitOnCard } from '../../contract/card-service.ts';
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
}

/** The records that go on the card; the visit as JSON in UTF-8, its fields in the order of the schema, so that a card knows it again. */
export function visitSetOf({ reference, visit, prescription }: NamedSet): VisitSet & { readonly visit: Uint8Array } {
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
  };
}
