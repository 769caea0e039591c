/**
 * Compiles the optional accelerator of group signatures into out/native/groupsig.node: native/*.c with the blst sources out of the
 * package c-kzg, by one call of `cc`. Plain JavaScript without dependencies, as the set-up runs it under whatever Node is there.
 * Without a compiler or without the sources it says so and ends well: the product works without, only slower.
 *
 *   node scripts/build-native.mjs           compiles unless the result is up to date
 *   node scripts/build-native.mjs --quiet   the same, silent when there is nothing to do
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'out', 'native');
const target = join(folder, 'groupsig.node');
const stamp = join(folder, 'groupsig.stamp');
const blst = join(root, 'node_modules', 'c-kzg', 'deps', 'blst');
const headers = join(root, 'node_modules', 'node-api-headers', 'include');
const quiet = process.argv.includes('--quiet');
const say = (text) => console.log(`[native] ${text}`);

const FLAGS = [
  '-std=c11',
  '-O2',
  '-fPIC',
  '-shared',
  '-fvisibility=hidden',
  '-pthread',
  '-Wall',
  '-Wextra',
  '-D__BLST_PORTABLE__',
  '-DNAPI_VERSION=8',
  // Its own blst, even where another addon brought one into the process.
  ...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : ['-Wl,-Bsymbolic']),
];

const sources = readdirSync(join(root, 'native'))
  .filter((name) => /\.[ch]$/u.test(name))
  .sort();

/** Of everything the result depends on; times of modification survive neither git nor npm. */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${FLAGS.join(' ')}\n`);
  for (const name of sources) hash.update(`${name}\n`).update(readFileSync(join(root, 'native', name)));
  for (const name of ['c-kzg', 'node-api-headers']) {
    hash.update(JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version);
  }
  return hash.digest('hex');
}

function build() {
  const wanted = [join(blst, 'src', 'server.c'), join(blst, 'build', 'assembly.S'), join(headers, 'node_api.h')];
  if (!wanted.every((file) => existsSync(file))) {
    say('no native accelerator: the packages c-kzg and node-api-headers with its sources are not installed');
    return true;
  }
  const current = fingerprint();
  if (existsSync(target) && existsSync(stamp) && readFileSync(stamp, 'utf8') === current) {
    if (!quiet) say('out/native/groupsig.node is up to date');
    return true;
  }
  if (spawnSync('cc', ['--version'], { stdio: 'ignore' }).status !== 0) {
    say('no native accelerator: there is no C compiler (cc)');
    return true;
  }
  say('compiling the accelerator of group signatures (out/native/groupsig.node)');
  mkdirSync(folder, { recursive: true });
  // Renamed into place: a process that starts meanwhile loads the old file or the new one, never half of one.
  const temporary = join(folder, `groupsig.${process.pid}.tmp`);
  const compiled = spawnSync(
    'cc',
    [
      ...FLAGS,
      ...[join(blst, 'bindings'), headers].map((path) => `-I${path}`),
      '-o',
      temporary,
      ...sources.filter((name) => name.endsWith('.c')).map((name) => join('native', name)),
      join(blst, 'src', 'server.c'),
      join(blst, 'build', 'assembly.S'),
    ],
    { cwd: root, stdio: 'inherit' },
  );
  if (compiled.status !== 0) {
    rmSync(temporary, { force: true });
    say('the accelerator did not compile; see above');
    return false;
  }
  // The stamp goes first and comes back last, so that it never speaks for another file.
  rmSync(stamp, { force: true });
  renameSync(temporary, target);
  writeFileSync(stamp, current);
  return true;
}

process.exitCode = build() ? 0 : 1;
