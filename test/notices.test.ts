/**
 * THIRD-PARTY-NOTICES.md names every package that ships, with its version and licence, and no other.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BUNDLED, noticeRow, shippedPackages } from '../scripts/notices.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const Manifest = z.object({ dependencies: z.record(z.string(), z.string()) });

/** Licences whose terms the notices meet; another one is a decision, not an update. */
const LICENCES = [
  '(MIT OR X11)',
  '0BSD',
  'Apache-2.0',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'OFL-1.1',
  'Unlicense',
];

describe('THIRD-PARTY-NOTICES.md', () => {
  const shipped = shippedPackages();

  it('has every package that ships, and no other', () => {
    const rows = read('THIRD-PARTY-NOTICES.md')
      .split('\n')
      .filter((line) => /^\| (?!package |-)/u.test(line))
      .map((line) =>
        line
          .split('|')
          .slice(1, 4)
          .map((cell) => cell.trim()),
      );
    expect(rows).toEqual(shipped.map(noticeRow));
  });

  it('comes from a walk that saw the direct dependencies and went below them', () => {
    const names = shipped.map(({ name }) => name);
    const direct = [...Object.keys(Manifest.parse(JSON.parse(read('package.json'))).dependencies), ...BUNDLED];
    expect(direct.filter((name) => !names.includes(name))).toEqual([]);
    expect(names).toContain('react-aria');
    expect(names).toContain('find-my-way');
    expect(names).not.toContain('vitest');
    expect(shipped.length).toBeGreaterThan(80);
  });

  it('counts everything that the screens import as shipped', () => {
    const imported = readdirSync(join(ROOT, 'renderer'), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(?:tsx?|css)$/u.test(file) && !/\.(?:test|config)\.ts$|\.d\.ts$/u.test(file))
      .flatMap((file) => [...read(join('renderer', file)).matchAll(/(?:from|import) '([^.'][^']*)'/gu)])
      .map(([, specifier]) => (specifier ?? '').split('/'))
      .map(([scope = '', name = '']) => (scope.startsWith('@') ? `${scope}/${name}` : scope));
    expect(imported.length).toBeGreaterThan(20);
    expect([...new Set(imported)].filter((name) => !BUNDLED.includes(name))).toEqual([]);
  });

  it('has only licences that were looked at', () => {
    expect(shipped.filter(({ license }) => !LICENCES.includes(license))).toEqual([]);
  });
});
