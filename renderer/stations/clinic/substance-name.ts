/**
 * What somebody is allergic to, in words.
 * @module
 */
import type { Substance } from '../../../contract/safety.ts';
import type { StationDescription } from '../../../contract/station.ts';
import { termName } from '../../ui/term-search.ts';

/** The name in a language; the code itself where the tables here do not know it. */
export function substanceName(
  { kind, code }: Substance,
  { allergens, medications }: Pick<StationDescription, 'allergens' | 'medications'>,
  language: string,
): string {
  switch (kind) {
    case 'class':
      return termName(allergens, code, language);
    case 'atc':
      return termName(medications, code, language);
    case 'text':
      return code;
  }
}
