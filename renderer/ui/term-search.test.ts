import { describe, expect, it } from 'vitest';
import { searchTerms, termName } from './term-search.ts';

const terms = [
  { code: 'I10', zh: '原發性高血壓', en: 'Essential hypertension' },
  { code: 'E11.9', zh: '第二型糖尿病', en: 'Type 2 diabetes' },
  { code: 'E78.5', zh: '高血脂症', en: 'Hyperlipidaemia' },
];
const codes = (query: string, taken?: string[]): string[] => searchTerms(terms, query, taken).map((term) => term.code);

describe('term search', () => {
  it('finds by code with or without the point, in any case', () => {
    expect(codes('e119')).toEqual(['E11.9']);
    expect(codes('E1')).toEqual(['E11.9']);
  });

  it('finds by either language, and by full-width digits', () => {
    expect(codes('高血')).toEqual(['I10', 'E78.5']);
    expect(codes('HYPER')).toEqual(['I10', 'E78.5']);
    expect(codes('Ｉ１０')).toEqual(['I10']);
  });

  it('offers everything that is not taken when nothing is typed', () => {
    expect(codes('', ['I10'])).toEqual(['E11.9', 'E78.5']);
    expect(codes('zzz')).toEqual([]);
  });

  it('names a code, or leaves it as it is', () => {
    expect(termName(terms, 'I10', 'en')).toBe('Essential hypertension');
    expect(termName(terms, 'I10', 'zh-TW')).toBe('原發性高血壓');
    expect(termName(terms, 'X00', 'en')).toBe('X00');
  });
});
