/**
 * Allergies of the two sources as one list: EF ALLERGY of the health card, and AllergyIntolerance in the signed records that the bureau
 * released. Neither overrules the other: the worse criticality counts, and what each says stays visible.
 * @module
 */
import {
  type Allergy,
  type AllergyDraft,
  type Criticality,
  type KnownAllergy,
  type StatedAllergy,
  substanceKey,
} from '../contract/safety.ts';

/** low < unable-to-assess < high: what nobody could assess is not taken for harmless. */
const WORST: readonly Criticality[] = ['high', 'unable-to-assess', 'low'];
const worse = (a: Criticality, b: Criticality): Criticality => (WORST.indexOf(a) <= WORST.indexOf(b) ? a : b);

/** The last entry of the latest day for each substance: a source corrects itself. `entries` oldest first. */
function latest<A extends Allergy>(entries: readonly A[]): ReadonlyMap<string, A> {
  const map = new Map<string, A>();
  for (const entry of entries) {
    const before = map.get(substanceKey(entry.substance));
    if (before === undefined || before.recorded <= entry.recorded) map.set(substanceKey(entry.substance), entry);
  }
  return map;
}

/** Merges; `card` in the order of the file, `records` (statements of signed records) oldest record first. By substance, ascending. */
export function mergeAllergies(
  card: readonly Allergy[],
  records: readonly (readonly StatedAllergy[])[],
): readonly KnownAllergy[] {
  const onCard = latest(card);
  // A later record states anew what it carries over: its word counts, whatever the day of the first record of it.
  const stated = new Map(records.flat().map((entry) => [substanceKey(entry.substance), entry]));
  const keys = [...new Set([...onCard.keys(), ...stated.keys()])].sort();
  return keys.flatMap((key): KnownAllergy[] => {
    const [ours, theirs] = [onCard.get(key), stated.get(key)];
    const either = theirs ?? ours;
    if (either === undefined) return [];
    const criticality =
      ours === undefined || theirs === undefined ? either.criticality : worse(ours.criticality, theirs.criticality);
    return [
      {
        substance: either.substance,
        criticality,
        recorded: ours !== undefined && ours.recorded < either.recorded ? ours.recorded : either.recorded,
        confirmed: theirs?.confirmed ?? false,
        ...(ours === undefined ? {} : { onCard: ours.criticality }),
        ...(theirs === undefined ? {} : { atBureau: theirs.criticality }),
      },
    ];
  });
}

/**
 * What the record of a visit states: everything known, so that it stays among the recent records, and what is recorded at this visit (day
 * YYYY-MM-DD), which the doctor confirms.
 */
export function statedAllergies(
  known: readonly KnownAllergy[],
  drafted: readonly AllergyDraft[],
  day: string,
): readonly StatedAllergy[] {
  const fresh = new Map(drafted.map((entry) => [substanceKey(entry.substance), entry]));
  return [
    ...known
      .filter(({ substance }) => !fresh.has(substanceKey(substance)))
      .map(({ substance, criticality, recorded, confirmed }) => ({ substance, criticality, recorded, confirmed })),
    ...[...fresh.values()].map(({ substance, criticality }) => ({
      substance,
      criticality,
      recorded: day,
      confirmed: true,
    })),
  ];
}

/** What the visit adds to the card: what is recorded now, then what only the bureau knows. */
export function allergiesForCard(
  known: readonly KnownAllergy[],
  drafted: readonly AllergyDraft[],
  day: string,
): readonly Allergy[] {
  const stated = statedAllergies(known, drafted, day).map(({ confirmed: _confirmed, ...allergy }) => allergy);
  const held = new Map(known.map((entry) => [substanceKey(entry.substance), entry.onCard]));
  const fresh = new Set(drafted.map(({ substance }) => substanceKey(substance)));
  const isFresh = ({ substance }: Allergy): boolean => fresh.has(substanceKey(substance));
  const lacking = stated.filter((entry) => {
    const there = held.get(substanceKey(entry.substance));
    return there === undefined || (isFresh(entry) && there !== entry.criticality);
  });
  return [...lacking.filter(isFresh), ...lacking.filter((entry) => !isFresh(entry))];
}
