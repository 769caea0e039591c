/**
 * What the drugs of a draft meet: allergies, each other, therapy that is still being taken. Pure; the table is the institution's
 * (safety-table.ts). Without one, only allergies to an ATC code are compared.
 * @module
 */
import {
  type AllergyDraft,
  type Criticality,
  type Finding,
  Severity,
  type Substance,
  substanceKey,
} from '../contract/safety.ts';
import { pairKey, type SafetyTable } from './safety-table.ts';

/** A line of an earlier record: ATC code, day of issue (YYYY-MM-DD), days of supply. */
export interface TherapyLine {
  readonly code: string;
  readonly day: string;
  readonly days: number;
}

/** What a check works with. `codes` are the ATC codes of the draft's lines, in any order, one for each line. */
export interface SafetyQuestion {
  readonly codes: readonly string[];
  /** Codes of therapy from before that is still being taken. */
  readonly active: ReadonlySet<string>;
  readonly allergies: readonly AllergyDraft[];
  readonly table: SafetyTable | undefined;
}

/** Findings, gravest first, then by kind and id; and the allergies that nothing could be compared with. */
export interface SafetyAnswer {
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Substance[];
}

const DAY_MS = 86_400_000;

/** Codes of the lines whose supply reaches into `today` (YYYY-MM-DD): the first of `days` days is the day of issue. */
export function activeCodes(lines: readonly TherapyLine[], today: string): ReadonlySet<string> {
  const now = Date.parse(`${today}T00:00:00Z`);
  const ends = ({ day, days }: TherapyLine): number => Date.parse(`${day}T00:00:00Z`) + days * DAY_MS;
  return new Set(lines.filter((line) => ends(line) > now).map(({ code }) => code));
}

const SEVERITIES = Severity.options;
const KINDS: readonly Finding['kind'][] = ['allergy', 'interaction', 'duplicate'];
const rankOf = ({ severity, kind }: Finding): number =>
  SEVERITIES.indexOf(severity) * KINDS.length + KINDS.indexOf(kind);
const byGravity = (a: Finding, b: Finding): number => rankOf(a) - rankOf(b) || (a.id < b.id ? -1 : 1);

/** The levels of an ATC code, as a table may name them. */
const levelsOf = (code: string): readonly string[] =>
  [3, 4, 5, 7].filter((length) => length <= code.length).map((length) => code.slice(0, length));

/** The entry for two codes. Where several meet, the gravest counts, and of equals the more specific. */
function interactionOf({ interactions }: SafetyTable, a: string, b: string) {
  const found = levelsOf(a).flatMap((one) =>
    levelsOf(b).flatMap((other) => interactions.get(pairKey(one, other)) ?? []),
  );
  const specific = (entry: (typeof found)[number]): number => entry.a.length + entry.b.length;
  return found.sort(
    (x, y) => SEVERITIES.indexOf(x.severity) - SEVERITIES.indexOf(y.severity) || specific(y) - specific(x),
  )[0];
}

/** Groups of codes that a substance stands for; undefined when nobody here knows. */
function groupsOf({ kind, code }: Substance, table: SafetyTable | undefined): readonly string[] | undefined {
  switch (kind) {
    case 'atc':
      return [code];
    case 'class':
      return table?.allergens.get(code)?.atc;
    case 'text':
      return undefined;
  }
}

const allergySeverity = (criticality: Criticality): Severity =>
  criticality === 'high' ? 'contraindicated' : 'serious';

function allergyFindings({ codes, allergies, table }: SafetyQuestion): readonly Finding[] {
  return allergies.flatMap(({ substance, criticality }) => {
    const groups = groupsOf(substance, table) ?? [];
    return codes
      .filter((code) => groups.some((group) => code.startsWith(group)))
      .map(
        (code): Finding => ({
          id: `allergy:${substanceKey(substance)}+${code}`,
          kind: 'allergy',
          severity: allergySeverity(criticality),
          codes: [code],
          substance,
          earlier: false,
        }),
      );
  });
}

/** What two codes, of which at least one is in the draft, meet in each other. */
function pairFindings(table: SafetyTable, a: string, b: string, earlier: boolean): readonly Finding[] {
  const findings: Finding[] = [];
  const id = pairKey(a, b);
  const { substance, group, exceptions } = table.duplicates;
  if (a === b) {
    findings.push({ id: `duplicate:${a}`, kind: 'duplicate', severity: substance, codes: [a], earlier });
    return findings;
  }
  const codes = a < b ? [a, b] : [b, a];
  const shared = a.slice(0, 4);
  if (shared.length === 4 && b.startsWith(shared) && !exceptions.has(shared))
    findings.push({ id: `duplicate:${id}`, kind: 'duplicate', severity: group, codes, earlier });
  const entry = interactionOf(table, a, b);
  if (entry !== undefined) {
    const { severity, zh, en } = entry;
    findings.push({ id: `interaction:${id}`, kind: 'interaction', severity, codes, earlier, text: { zh, en } });
  }
  return findings;
}

/** One finding for each id; what the draft holds by itself comes before what an earlier record adds. */
function once(findings: readonly Finding[]): readonly Finding[] {
  const kept = new Map<string, Finding>();
  for (const finding of findings) {
    const before = kept.get(finding.id);
    if (before === undefined || (before.earlier && !finding.earlier)) kept.set(finding.id, finding);
  }
  return [...kept.values()];
}

/** Checks a draft. The answer does not depend on the order of anything. */
export function checkSafety(question: SafetyQuestion): SafetyAnswer {
  const { codes, active, allergies, table } = question;
  const unchecked = allergies.flatMap(({ substance }) => (groupsOf(substance, table) === undefined ? [substance] : []));
  const pairs =
    table === undefined
      ? []
      : codes.flatMap((code, i) => [
          ...codes.slice(i + 1).flatMap((other) => pairFindings(table, code, other, false)),
          ...[...active].flatMap((other) => pairFindings(table, code, other, true)),
        ]);
  // Of one allergy that is named twice, the graver criticality counts: it is first once sorted.
  const found = [...allergyFindings(question)].sort(byGravity);
  return {
    findings: [...once([...found, ...pairs])].sort(byGravity),
    unchecked: [...new Map(unchecked.map((one) => [substanceKey(one), one])).values()].sort((a, b) =>
      substanceKey(a) < substanceKey(b) ? -1 : 1,
    ),
  };
}
