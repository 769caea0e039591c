/**
 * The bundle of Electron's main process has every thread, process and file that its modules look for beside themselves. Told from the sources: what
 * electron-main.ts reaches, and each `join(import.meta.dirname, …)` there.
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { BESIDE_MAIN, MAIN_ENTRIES } from '../../electron.config.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Where every module of the bundle finds itself. */
const BUNDLED = join(ROOT, 'out', 'main');

/** Imports that are there at run time, of our own files. */
const IMPORT = /(?:(?:import|export)\s+(?!type\b)[^'";]*?from\s+|import\(\s*|import\s+)'(?<path>\.[^']+\.ts)'/gu;
/** Literals and templates only: what a test can read, a bundle can have. */
const PLACE = /join\(import\.meta\.dirname,(?<parts>(?:\s*(?:`[^`]*`|'[^']*'),?)+)\s*\)/gu;
const KERNEL = /(?:read|load)Kernel(?:<\w+>)?\('(?<name>[a-z-]+)'\)/gu;
const NEIGHBOUR = /^`(?<name>[a-z-]+)\$\{extname\(import\.meta\.filename\)\}`$/u;

interface Asked {
  /** Entry -> the source that the asking module means. */
  readonly threads: Map<string, string>;
  /** Files in the folder of the asking module. */
  readonly files: Set<string>;
  /** Places elsewhere, as a module of the bundle finds them, below the root. */
  readonly places: Set<string>;
  readonly kernels: Set<string>;
}

/** Everything that is asked for by what these entries reach. Every mention of `import.meta.dirname` must be understood. */
function askedBy(entries: readonly string[]): Asked & { readonly modules: number } {
  const asked: Asked = { threads: new Map(), files: new Set(), places: new Set(), kernels: new Set() };
  const seen = new Set<string>();
  const waiting = [...entries];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const source = readFileSync(file, 'utf8');
    for (const { groups } of source.matchAll(IMPORT)) waiting.push(resolve(dirname(file), groups?.['path'] ?? ''));
    for (const { groups } of source.matchAll(KERNEL)) asked.kernels.add(groups?.['name'] ?? '');
    const places = [...source.matchAll(PLACE)];
    const mentions = source.match(/(?<!basename\()import\.meta\.dirname/gu) ?? [];
    if (places.length !== mentions.length) throw new Error(`${file}: a place that this test cannot read`);
    for (const { groups } of places) {
      const parts = (groups?.['parts'] ?? '').split(',').map((part) => part.trim());
      const [first = ''] = parts;
      const thread = NEIGHBOUR.exec(first)?.groups?.['name'];
      if (thread !== undefined) {
        const entry = join(dirname(file), `${thread}.ts`);
        asked.threads.set(thread, relative(ROOT, entry));
        waiting.push(entry);
        continue;
      }
      const words = parts.filter((part) => part !== '').map((part) => part.slice(1, -1));
      if (words[0] === '..') asked.places.add(relative(ROOT, join(BUNDLED, ...words)));
      else asked.files.add(join(relative(ROOT, dirname(file)), ...words));
    }
  }
  return { ...asked, modules: seen.size };
}

describe('the bundle of Electron’s main process', () => {
  let asked: ReturnType<typeof askedBy>;
  beforeAll(() => {
    asked = askedBy([join(ROOT, MAIN_ENTRIES.main)]);
  });

  it('was looked at whole', () => {
    expect(asked.modules).toBeGreaterThan(300);
    expect([...asked.threads.keys()]).toContain('search-worker');
  });

  it('has every thread and process as an entry of its own, and no other', () => {
    const { main: _main, ...others } = MAIN_ENTRIES;
    expect(Object.fromEntries(asked.threads)).toEqual(others);
  });

  it('has every file that lies beside a module', () => {
    expect([...asked.files]).toEqual(BESIDE_MAIN);
    for (const file of BESIDE_MAIN) expect(existsSync(join(ROOT, file))).toBe(true);
    expect(new Set(BESIDE_MAIN.map((file) => basename(file))).size).toBe(BESIDE_MAIN.length);
  });

  it('finds every kernel', () => {
    const built = readdirSync(join(ROOT, 'out', 'kernels'));
    expect(asked.kernels.size).toBeGreaterThan(2);
    expect([...asked.kernels].map((name) => `${name}.wasm`).filter((name) => !built.includes(name))).toEqual([]);
    expect(asked.places).toContain(join('out', 'kernels'));
  });

  it('looks elsewhere only where it finds something', () => {
    // Of two places that a module tries, one is for where it lies among the sources.
    const ofSources = ['out/out/kernels', '../out/native/groupsig.node'];
    const expected = [
      'out',
      'out/kernels',
      'out/native/groupsig.node',
      'out/renderer',
      'record/safety-table.example.json',
    ];
    expect([...asked.places].filter((place) => !ofSources.includes(place)).sort()).toEqual(expected);
  });
});
