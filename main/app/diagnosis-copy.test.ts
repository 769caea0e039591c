import { describe, expect, it } from 'vitest';
import { DIAGNOSIS, type FindingCode, findingText } from './diagnosis-copy.ts';

const CODES = Object.keys(DIAGNOSIS) as readonly FindingCode[];
const placeholders = (text: string): readonly string[] =>
  [...text.matchAll(/\{([a-z]+)\}/gu)].map(([, name]) => name ?? '').sort();

describe('the words of a diagnosis', () => {
  it('name the same values in both languages', () => {
    for (const code of CODES)
      expect([code, placeholders(DIAGNOSIS[code].zh)]).toEqual([code, placeholders(DIAGNOSIS[code].en)]);
  });

  it('leave no placeholder and no empty bracket behind', () => {
    for (const code of CODES) {
      const { level } = DIAGNOSIS[code];
      const values = Object.fromEntries(placeholders(DIAGNOSIS[code].en).map((name) => [name, 'x']));
      expect(findingText({ code, level, values })).not.toMatch(/[{}]/u);
      expect(findingText({ code, level, values: { ...values, cause: '' } })).not.toMatch(/\(\)|（）/u);
    }
  });

  it('mark a fault and give the reference that a desk shows', () => {
    const text = findingText({ code: 'CARD_MUTE', level: 'fault', values: { reader: 'Desk 00 00' } });
    expect(text).toMatch(/^✗ Desk 00 00：.*\(C-103\)\n {2}Desk 00 00: the card does not answer\./u);
    const blank = findingText({ code: 'CARD_BLANK', level: 'hint', values: { reader: 'A', kind: 'doctor' } });
    expect(blank).toContain('空白醫師卡');
    expect(blank).toContain('our doctor card');
  });
});
