/**
 * Compiles the hot loops of the fingerprint modules, written in AssemblyScript (biometric/NAME/kernel), into out/kernels/NAME.wasm. Plain
 * JavaScript, as the set-up runs it under whatever Node is there; the compiler is the package assemblyscript.
 *
 *   node scripts/build-kernels.mjs           compiles what is not up to date
 *   node scripts/build-kernels.mjs --quiet   the same, silent when there is nothing to do
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'out', 'kernels');
const quiet = process.argv.includes('--quiet');
const say = (text) => console.log(`[kernels] ${text}`);
/** The index lies in memory that threads share: 4 GiB at most. */
const SHARED = [
  '--importMemory',
  '--sharedMemory',
  '--enable',
  'threads',
  '--initialMemory',
  '128',
  '--maximumMemory',
  '65536',
];
const KERNELS = { extract: [], match: [], index: SHARED };
/** No runtime: the caller lays out the memory. SIMD where the sources ask for it, nowhere else. */
const FLAGS = ['--runtime', 'stub', '--enable', 'simd', '--noAssert', '--optimizeLevel', '3', '--shrinkLevel', '0'];

const version = JSON.parse(readFileSync(join(root, 'node_modules', 'assemblyscript', 'package.json'), 'utf8')).version;

/** Of everything a kernel depends on; times of modification survive neither git nor npm. */
function fingerprint(sources, more) {
  const hash = createHash('sha256').update(`${version} ${[...FLAGS, ...more].join(' ')}\n`);
  for (const name of readdirSync(sources).sort()) hash.update(`${name}\n`).update(readFileSync(join(sources, name)));
  return hash.digest('hex');
}

async function build(name, more) {
  const sources = join(root, 'biometric', name, 'kernel');
  const target = join(folder, `${name}.wasm`);
  const stamp = join(folder, `${name}.stamp`);
  const current = fingerprint(sources, more);
  if (existsSync(target) && existsSync(stamp) && readFileSync(stamp, 'utf8') === current) {
    if (!quiet) say(`out/kernels/${name}.wasm is up to date`);
    return true;
  }
  say(`compiling the kernel ${name} (out/kernels/${name}.wasm)`);
  mkdirSync(folder, { recursive: true });
  const { default: asc } = await import('assemblyscript/asc');
  // Renamed into place: a process that starts meanwhile loads the old file or the new one, never half of one.
  const temporary = `${name}.${process.pid}.tmp`;
  const { error, stderr } = await asc.main(
    [`biometric/${name}/kernel/index.ts`, '--outFile', `out/kernels/${temporary}`, ...FLAGS, ...more],
    { baseDir: root, readFile: read, writeFile: write, listFiles: list },
  );
  if (error) {
    console.error(stderr.toString());
    rmSync(join(folder, temporary), { force: true });
    say(`the kernel ${name} did not compile; see above`);
    return false;
  }
  // The stamp goes first and comes back last, so that it never speaks for another file.
  rmSync(stamp, { force: true });
  renameSync(join(folder, temporary), target);
  writeFileSync(stamp, current);
  return true;
}

const read = (name) => (existsSync(join(root, name)) ? readFileSync(join(root, name), 'utf8') : null);
const write = (name, contents) => writeFileSync(join(root, name), contents);
const list = () => [];

let good = true;
for (const [name, more] of Object.entries(KERNELS)) good = (await build(name, more)) && good;
process.exitCode = good ? 0 : 1;
