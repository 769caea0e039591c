/**
 * Terms of a code system by code or by name in either language.
 * @module
 */
import type { Term } from '../../contract/station.ts';

const folded = (text: string): string => text.normalize('NFKC').toLowerCase().replaceAll(/[\s.]/gu, '');

/** Terms that fit, codes that begin with the query first. An empty query fits everything; `taken` codes are left out. */
export function searchTerms(terms: readonly Term[], query: string, taken: readonly string[] = []): readonly Term[] {
  const wanted = folded(query);
  const rank = (term: Term): number => {
    if (folded(term.code).startsWith(wanted)) return 0;
    return folded(term.zh).includes(wanted) || folded(term.en).includes(wanted) ? 1 : 2;
  };
  return terms
    .filter((term) => !taken.includes(term.code))
    .map((term) => ({ term, rank: rank(term) }))
    .filter((entry) => entry.rank < 2)
    .sort((a, b) => a.rank - b.rank)
    .map((entry) => entry.term);
}

/** The name of a code in a language; the code itself when it is not in the table. */
export function termName(terms: readonly Term[], code: string, language: string): string {
  const term = terms.find((entry) => entry.code === code);
  if (term === undefined) return code;
  return language === 'en' ? term.en : term.zh;
}
