/**
 * What ships with the product and under which licence: the production packages of package-lock.json, and those that Vite puts into the
 * screens, each with everything it needs at run time. THIRD-PARTY-NOTICES.md is made of it.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..');

/** Development dependencies whose code or glyphs end up in out/renderer. zod is a production dependency besides. */
export const BUNDLED: readonly string[] = [
  '@fontsource-variable/noto-sans-tc',
  'i18next',
  'lucide-react',
  'react',
  'react-aria-components',
  'react-dom',
  'react-i18next',
  'uqr',
  'zod',
];

const Names = z.record(z.string(), z.string()).optional();
const LockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
      devOptional: z.boolean().optional(),
      dependencies: Names,
      optionalDependencies: Names,
      peerDependencies: Names,
      peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.boolean().optional() })).optional(),
    }),
  ),
});
type Locked = z.infer<typeof LockFile>['packages'][string];

/** A package that ships. `path` is its folder below the project's root. */
export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly path: string;
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** The folder that Node would take `name` from, seen from `from`; undefined for an optional one that the lock file has not. */
function resolve(packages: Readonly<Record<string, Locked>>, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (path in packages) return path;
    if (folder === '') return undefined;
  }
}

const neededBy = (entry: Locked): readonly string[] => [
  ...Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }),
  ...Object.keys(entry.peerDependencies ?? {}).filter((name) => entry.peerDependenciesMeta?.[name]?.optional !== true),
];

/** Every package that ships, by name and version. Throws when one of {@link BUNDLED} is not in the lock file, or one has no licence there. */
export function shippedPackages(): readonly ShippedPackage[] {
  const { packages } = LockFile.parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')));
  const paths = new Set(
    Object.entries(packages)
      .filter(([path, entry]) => path !== '' && entry.dev !== true && entry.devOptional !== true)
      .map(([path]) => path),
  );
  const seen = new Set<string>();
  const visit = (path: string): void => {
    const entry = packages[path];
    if (entry === undefined || seen.has(path)) return;
    seen.add(path);
    for (const name of neededBy(entry)) {
      const next = resolve(packages, path, name);
      if (next !== undefined) visit(next);
    }
  };
  for (const name of BUNDLED) {
    if (!(`node_modules/${name}` in packages)) throw new Error(`${name} is not in package-lock.json`);
    visit(`node_modules/${name}`);
  }
  const unique = new Map<string, ShippedPackage>();
  for (const path of [...paths, ...seen].toSorted()) {
    const { version, license } = packages[path] ?? {};
    const name = nameOf(path);
    if (version === undefined || license === undefined) throw new Error(`${path} has no version or licence`);
    const known = unique.get(`${name} ${version}`);
    if (known === undefined) unique.set(`${name} ${version}`, { name, version, license, path });
  }
  return [...unique.values()].toSorted((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}

const COPYRIGHT = /^[\s*#>-]*((?:[A-Z][\w ]*)?Copyright\s+.*|\([cC]\)\s+\d{4}.*|©.*)$/u;

/** Copyright lines of the package's licence file; where it has none, the author of its package.json; empty where it is not installed. */
function copyrightOf({ path }: ShippedPackage): string {
  const folder = join(ROOT, path);
  let files: readonly string[];
  try {
    files = readdirSync(folder);
  } catch (cause) {
    // Built for another platform.
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return 'not installed here';
    throw cause;
  }
  const lines = files
    .filter((file) => /^(licen[cs]e|copying|notice|ofl)/iu.test(file))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split(/\r?\n/u))
    .flatMap((line) => COPYRIGHT.exec(line)?.[1]?.trim() ?? [])
    .filter((line) => !/copyright (?:notice|owner|holder|license|statement)|\[yyyy\]|holders be liable/iu.test(line));
  if (lines.length > 0) return [...new Set(lines)].slice(0, 3).join('; ').replaceAll('|', '\\|');
  const Author = z.object({ author: z.union([z.string(), z.object({ name: z.string() })]).optional() });
  const { author } = Author.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  const name = typeof author === 'object' ? author.name : author?.replaceAll(/\s*[<(].*$/gu, '');
  return name === undefined ? 'no copyright line' : `no copyright line; author ${name}`;
}

/** One line of the table. */
export const noticeRow = ({ name, version, license }: ShippedPackage): readonly string[] => [name, version, license];

/** The whole of THIRD-PARTY-NOTICES.md. Reads the licence files of node_modules. */
export function noticesDocument(): string {
  const rows = shippedPackages().map((entry) => `| ${[...noticeRow(entry), copyrightOf(entry)].join(' | ')} |`);
  return `# Third-party notices

Written by \`node scripts/write-notices.ts\`; \`test/notices.test.ts\` fails when a package that ships is missing here or has another
version or licence. The product itself is under the Apache License 2.0, see LICENSE.

The table has every production package of package-lock.json, and the packages that Vite puts into the screens (${BUNDLED.join(', ')}) with
all that they need at run time. npm installs each in node_modules, most with a licence text of their own. Whoever passes on the built screens
(\`out/renderer\`) or a bundle without node_modules has to add those texts. Tools for development and tests, Electron and Node itself are
installed by npm and are not passed on with the product.

Inside packages: better-sqlite3 contains SQLite (public domain); mcl-wasm contains mcl, compiled to WebAssembly
(BSD-3-Clause); Noto Sans TC is a font under the SIL Open Font License 1.1.

| package | version | licence | copyright |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
