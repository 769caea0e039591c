/**
 * The table of drug safety that an institution loads: interactions, classes of allergens, and what counts as duplicate therapy. JSON in UTF-8;
 * the format stands in docs/operations.md, an example in record/safety-table.example.json. ATC codes as in the WHO index.
 * @module
 */
import { z } from 'zod';
import { ImisError } from '../contract/errors.ts';
import { Day } from '../contract/formats.ts';
import { AllergenId, AtcGroup, type SafetyTableHead, Severity } from '../contract/safety.ts';
import { readUtf8 } from '../crypto/common/bytes.ts';

/** Most bytes of a table. */
export const SAFETY_TABLE_LIMIT = 8 * 1024 * 1024;

const Sentence = z.string().min(1).max(300);
/** Where a fact is published, in the words of whoever wrote the table. Not shown. */
const COMMENT = { comment: z.string().max(1000).exactOptional() } as const;

const Interaction = z.strictObject({
  /** ATC codes or the beginnings of codes, in any order. */
  a: AtcGroup,
  b: AtcGroup,
  severity: Severity,
  zh: Sentence,
  en: Sentence,
  ...COMMENT,
});
type Interaction = z.infer<typeof Interaction>;

const Allergen = z.strictObject({
  id: AllergenId,
  zh: z.string().min(1).max(80),
  en: z.string().min(1).max(80),
  /** ATC codes or the beginnings of codes that belong to the class. */
  atc: z.array(AtcGroup).min(1).max(50),
  ...COMMENT,
});
type Allergen = z.infer<typeof Allergen>;

const Duplicates = z.strictObject({
  /** The same code twice (fifth level). */
  substance: Severity,
  /** Two codes that share their first four characters (third level). */
  group: Severity,
  /** Groups of four characters in which two substances together are accepted therapy. */
  exceptions: z.array(z.string().regex(/^[A-Z][0-9]{2}[A-Z]$/u)).max(500),
  ...COMMENT,
});

const TableFile = z.strictObject({
  format: z.literal('imis-safety-table'),
  version: z.literal(1),
  edition: z.string().min(1).max(40),
  date: Day,
  source: z.string().min(1).max(200),
  licence: z.string().min(1).max(100),
  ...COMMENT,
  interactions: z.array(Interaction).max(50_000),
  allergens: z.array(Allergen).max(2_000),
  duplicates: Duplicates,
});

/** A table that was accepted; plain data, as ports carry it. */
export interface SafetyTable {
  readonly head: SafetyTableHead;
  /** By {@link pairKey} of the two codes or beginnings. */
  readonly interactions: ReadonlyMap<string, Interaction>;
  /** By id. */
  readonly allergens: ReadonlyMap<string, Allergen>;
  readonly duplicates: {
    readonly substance: Severity;
    readonly group: Severity;
    readonly exceptions: ReadonlySet<string>;
  };
}

/** One key for two codes, whichever comes first. */
export const pairKey = (a: string, b: string): string => (a < b ? `${a}+${b}` : `${b}+${a}`);

const contradiction = (what: string): ImisError =>
  new ImisError('SAFETY_TABLE_CONTRADICTORY', `safety table: ${what} is there twice or contradicts itself`);

/** Entries by key; refuses a key that comes twice. */
function byKey<T>(entries: readonly T[], keyOf: (entry: T) => string): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const entry of entries) {
    const key = keyOf(entry);
    if (map.has(key)) throw contradiction(key);
    map.set(key, entry);
  }
  return map;
}

function parsed(bytes: Uint8Array): z.infer<typeof TableFile> {
  const text = readUtf8(bytes);
  if (text === undefined) throw new ImisError('SAFETY_TABLE_MALFORMED', 'safety table: not UTF-8');
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (cause) {
    throw new ImisError('SAFETY_TABLE_MALFORMED', 'safety table: not JSON', { cause });
  }
  const table = TableFile.safeParse(raw);
  if (table.success) return table.data;
  const [issue] = table.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'the whole' : issue.path.join('.');
  throw new ImisError('SAFETY_TABLE_MALFORMED', `safety table: ${where}: ${issue?.message ?? ''}`, {
    cause: table.error,
  });
}

/**
 * Reads a table. Throws SAFETY_TABLE_TOO_LARGE above {@link SAFETY_TABLE_LIMIT} bytes, SAFETY_TABLE_MALFORMED naming the first place that is
 * wrong, SAFETY_TABLE_CONTRADICTORY when a pair, a class or an exception comes twice, or a substance interacts with itself.
 */
export function parseSafetyTable(bytes: Uint8Array): SafetyTable {
  if (bytes.length > SAFETY_TABLE_LIMIT)
    throw new ImisError('SAFETY_TABLE_TOO_LARGE', `safety table: ${bytes.length} bytes`);
  const { edition, date, source, licence, interactions, allergens, duplicates } = parsed(bytes);
  const itself = interactions.find(({ a, b }) => a === b && a.length === 7);
  if (itself !== undefined) throw contradiction(pairKey(itself.a, itself.b));
  for (const { id, atc } of allergens) byKey(atc, (code) => `${id} ${code}`);
  return {
    head: { edition, date, source, licence },
    interactions: byKey(interactions, ({ a, b }) => pairKey(a, b)),
    allergens: byKey(allergens, ({ id }) => id),
    duplicates: {
      substance: duplicates.substance,
      group: duplicates.group,
      exceptions: new Set(byKey(duplicates.exceptions, (group) => group).keys()),
    },
  };
}
