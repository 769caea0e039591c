/**
 * The table of HOUSE section 1: which folder may import which. Also fails when it parsed fewer modules than the tree holds:
 * a checker that sees nothing must never be green.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** Folder -> folders of ours it may import besides itself. The longest matching folder governs. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  'crypto/common': [],
  'crypto/groupsig': ['crypto/common'],
  'crypto/proxysig': ['crypto/common'],
  'crypto/pki': ['crypto/common'],
  'crypto/envelope': ['crypto/common', 'crypto/groupsig', 'crypto/proxysig', 'crypto/pki'],
  record: ['contract', 'crypto/common'],
  card: ['crypto'],
  biometric: ['crypto'],
  'nhi-client': ['contract', 'record', 'crypto'],
  exchange: ['contract', 'record', 'crypto'],
  bureau: ['contract', 'record', 'crypto', 'exchange', 'biometric/extract', 'biometric/match', 'biometric/index'],
  'main/station': ['contract', 'record', 'crypto', 'card', 'biometric', 'nhi-client', 'exchange'],
  'main/app': ['*'],
  'main/electron': ['main/station', 'contract'],
  'main/loopback': ['main/station', 'contract'],
  renderer: ['contract'],
  cli: ['*'],
  bench: ['*'],
  demo: ['*'],
  soak: ['*'],
  scripts: ['*'],
  native: [],
  test: ['*'],
};

/** Nobody imports these. */
const ENTRY_ONLY = ['bench', 'demo', 'soak', 'cli', 'test'];

/** Package -> folders that may import it; a package that is not here may be imported where Node runs. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  electron: ['main/electron'],
  'pcsc-mini': ['card/transport'],
  'node-hid': ['biometric/device'],
  'mcl-wasm': ['crypto/groupsig'],
  'better-sqlite3': ['bureau/store', 'main/app'],
  react: ['renderer'],
  'react-dom': ['renderer'],
  'react-aria-components': ['renderer'],
};

/** The one place that loads the native accelerator: Node's, although it lies in a pure folder, whose other files may not import it. */
const NATIVE_LOADER = 'crypto/groupsig/node';

/** Folders that may import no Node module. */
const PURE = ['contract', 'crypto/common', 'crypto/groupsig', 'crypto/proxysig', 'record', 'card/apdu', 'renderer'];

const SOURCES = [
  'contract',
  'crypto',
  'record',
  'card',
  'biometric',
  'nhi-client',
  'exchange',
  'bureau',
  'main',
  'renderer',
  'cli',
  'bench',
  'demo',
  'soak',
  'scripts',
  'native',
  'test',
];

const within = (file: string, folder: string): boolean => file === folder || file.startsWith(`${folder}/`);
const isTest = (file: string): boolean => file.includes('.test.') || file.includes('/testing/') || within(file, 'test');
const governing = (file: string): string | undefined =>
  Object.keys(ALLOWED)
    .filter((folder) => within(file, folder))
    .sort((a, b) => b.length - a.length)[0];

function sourceFiles(): readonly string[] {
  return readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && SOURCES.includes(entry.name))
    .flatMap((entry) =>
      readdirSync(join(ROOT, entry.name), { recursive: true, encoding: 'utf8' }).map((name) => join(entry.name, name)),
    )
    .map((name) => name.split(sep).join('/'))
    .filter((name) => /\.tsx?$/u.test(name) && !name.endsWith('.d.ts'));
}

describe('layers', () => {
  const files = sourceFiles();
  let modules: ICruiseResult['modules'] = [];

  beforeAll(async () => {
    const folders = [...new Set(files.map((file) => file.split('/')[0] ?? ''))];
    const result = await cruise(
      folders,
      {
        baseDir: ROOT,
        parser: 'swc',
        tsPreCompilationDeps: true,
        doNotFollow: { path: 'node_modules' },
        exclude: { path: '^out/' },
      },
      { extensions: ['.ts', '.tsx', '.js', '.mjs', '.json', '.css'] },
    );
    modules = (result.output as ICruiseResult).modules; // `cruise` without an output type returns the result object.
  });

  it('parsed every module of the tree', () => {
    const seen = new Set(modules.map((module) => module.source));
    expect(files.length).toBeGreaterThan(60);
    expect(files.filter((file) => !seen.has(file))).toEqual([]);
    expect(modules.reduce((sum, module) => sum + module.dependencies.length, 0)).toBeGreaterThan(files.length);
  });

  it('every folder imports only what its row names', () => {
    const wrong: string[] = [];
    for (const module of modules) {
      const folder = governing(module.source);
      if (folder === undefined || isTest(module.source)) continue;
      for (const { resolved } of module.dependencies) {
        const target = governing(resolved);
        if (target === undefined || within(resolved, folder)) continue;
        const allowed = ALLOWED[folder] ?? [];
        const permitted = allowed.some((name) => name === '*' || within(resolved, name));
        const entry = ENTRY_ONLY.find((name) => within(resolved, name));
        if (
          !permitted ||
          (entry !== undefined &&
            !within(module.source, entry) &&
            !ENTRY_ONLY.some((name) => within(module.source, name)))
        ) {
          wrong.push(`${module.source} -> ${resolved}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('production code never imports a test', () => {
    // It makes invented people, cards and fingers; nobody who serves patients imports it.
    const draws = 'main/app/demonstration-finger-worker.ts';
    const wrong = modules
      .filter(
        ({ source }) =>
          governing(source) !== undefined && !isTest(source) && !ENTRY_ONLY.some((name) => within(source, name)),
      )
      .flatMap((module) =>
        module.dependencies
          .filter(
            ({ resolved }) => isTest(resolved) && !(module.source === draws && within(resolved, 'biometric/testing')),
          )
          .map(({ resolved }) => `${module.source} -> ${resolved}`),
      );
    expect(wrong).toEqual([]);
  });

  it('packages and Node stay where they belong', () => {
    const wrong: string[] = [];
    for (const module of modules) {
      if (governing(module.source) === undefined || isTest(module.source) || module.source.endsWith('.config.ts'))
        continue;
      for (const dependency of module.dependencies) {
        const owners = Object.entries(PACKAGES).find(
          ([name]) => dependency.module === name || dependency.module.startsWith(`${name}/`),
        )?.[1];
        if (owners !== undefined && !owners.some((folder) => within(module.source, folder)))
          wrong.push(`${module.source} -> ${dependency.module}`);
        const isNode = dependency.coreModule || dependency.module.startsWith('node:');
        const isPure = PURE.some((folder) => within(module.source, folder)) && !within(module.source, NATIVE_LOADER);
        if (isPure && (isNode || within(dependency.resolved, NATIVE_LOADER)))
          wrong.push(`${module.source} -> ${dependency.module}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('only one place names the native binary', () => {
    const naming = files.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes('groupsig.node'));
    expect(naming.filter((file) => !within(file, NATIVE_LOADER) && !isTest(file))).toEqual([]);
    expect(naming).not.toEqual([]);
  });
});
