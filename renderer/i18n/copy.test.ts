import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../contract/errors.ts';

const load = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8')) as Record<string, unknown>;

/** Dotted path -> text. */
function flatten(tree: Record<string, unknown>, prefix = ''): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') texts.set(prefix + key, value);
    else
      for (const [path, text] of flatten(value as Record<string, unknown>, `${prefix}${key}.`)) texts.set(path, text);
  }
  return texts;
}

const zh = flatten(load('zh-TW.json'));
const en = flatten(load('en.json'));

describe('copy', () => {
  it('has the same keys in both languages', () => {
    expect([...zh.keys()].sort()).toEqual([...en.keys()].sort());
  });

  it('has no empty text', () => {
    expect([...zh, ...en].filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  it('asks for the same values in both languages', () => {
    const values = (text: string | undefined): string[] =>
      [...(text ?? '').matchAll(/\{\{(\w+)\}\}/gu)].map(([, name]) => name ?? '').sort();
    for (const [key, text] of zh) expect([key, values(text)]).toEqual([key, values(en.get(key))]);
  });

  it.each(Object.keys(ERRORS))('says what happened and what to do for %s', (code) => {
    for (const texts of [zh, en]) {
      expect(texts.get(`error.code.${code}.what`)).toBeTruthy();
      expect(texts.get(`error.code.${code}.now`)).toBeTruthy();
    }
  });

  it('has no copy for a code that is not in the table', () => {
    const codes = [...zh.keys()].filter((key) => key.startsWith('error.code.')).map((key) => key.split('.')[2]);
    expect(new Set(codes)).toEqual(new Set(Object.keys(ERRORS)));
  });

  it('keeps English out of the Chinese sentences, and Chinese out of the English', () => {
    expect(
      [...en].filter(
        ([key, text]) => /\p{Script=Han}/u.test(text) && key !== 'app.otherLanguage' && key !== 'app.switchLanguage',
      ),
    ).toEqual([]);
  });
});
