/**
 * Makes a fresh machine ready: npm packages, Node 24, Debian packages, the built screens. Plain JavaScript without dependencies,
 * because it runs before anything is installed, possibly under an older Node. Prints what it installs; silent when nothing is missing.
 *
 *   node scripts/setup.mjs start   what `npm start` needs
 *   node scripts/setup.mjs packages   npm packages and Node 24 only
 *   node scripts/setup.mjs test    what `npm test`, demos and benchmarks need besides
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** `packages`: npm packages and Node only, for the command line and the static checks. */
const mode = ['test', 'packages'].includes(process.argv[2]) ? process.argv[2] : 'start';
const say = (text) => console.log(`[setup] ${text}`);

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  return result.status === 0;
}

function stop(text) {
  console.error(`[setup] ${text}`);
  process.exit(1);
}

/** npm packages: again whenever the lock file changed. */
function installPackages() {
  const marker = join(root, 'node_modules', '.imis-lock');
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lock) return;
  say('installing the npm packages of package-lock.json');
  // No install scripts: npm would compile better-sqlite3 although its package has the binary in it; `node` is seen to below.
  // Not `npm ci`: it refuses a lock file that was written where binaries for other platforms were not to be had.
  const options = ['--no-save', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  if (!run('npm', ['install', ...options])) stop('npm install failed; see above');
  writeFileSync(marker, lock);
}

/** Node 24 from the npm package `node`: its install script fetches the binary package; held-back scripts are run here. */
function ensureNode() {
  const binary = join(root, 'node_modules', '.bin', 'node');
  const version = () => (existsSync(binary) ? spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout : '');
  if (/^v24\./u.test(version() ?? '')) return;
  say('installing Node 24 (npm package `node`)');
  run('npm', ['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error']);
  if (/^v24\./u.test(version() ?? '')) return;
  run(process.execPath, ['installArchSpecificPackage'], { cwd: join(root, 'node_modules', 'node') });
  if (!/^v24\./u.test(version() ?? '')) stop('Node 24 could not be installed from the npm package `node`');
}

const PACKAGES = {
  start: ['libpcsclite1', 'pcscd', 'chromium'],
  test: [
    'libpcsclite1',
    'pcscd',
    'vsmartcard-vpcd',
    'opensc',
    'pcsc-tools',
    'chromium',
    'gcc',
    'libc6-dev',
    'iproute2',
    'util-linux',
    'openssl',
    'fonts-noto-cjk',
    'nats-server',
    'libfprint-2-2',
    'gir1.2-fprint-2.0',
    'python3-gi',
  ],
};

/** Debian packages that are not there yet. */
function missingDebianPackages(names) {
  const query = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Abbrev}\n', ...names], {
    encoding: 'utf8',
  });
  if (query.error) return undefined;
  const installed = new Set(
    query.stdout
      .split('\n')
      .filter((line) => / ii/u.test(line))
      .map((line) => line.split(' ')[0]),
  );
  return names.filter((name) => !installed.has(name));
}

function installDebianPackages() {
  const missing = missingDebianPackages(PACKAGES[mode]);
  const needed = mode === 'test';
  if (missing === undefined) {
    if (needed) stop(`this is not a Debian system: install the equivalents of ${PACKAGES[mode].join(', ')}`);
    return;
  }
  if (missing.length === 0) return;
  const asRoot = process.getuid?.() === 0;
  const sudo = !asRoot && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  if (!asRoot && !sudo) {
    const hint = `missing Debian packages: ${missing.join(' ')} (neither root nor sudo without a password)`;
    if (needed) stop(`${hint}; install them with: sudo apt-get install ${missing.join(' ')}`);
    say(`${hint}; going on without`);
    return;
  }
  say(`installing Debian packages: ${missing.join(' ')}`);
  const words = [...(asRoot ? [] : ['-n', 'apt-get']), '-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0'];
  const apt = (...args) =>
    run(asRoot ? 'apt-get' : 'sudo', [...words, ...args], {
      // Several hundred lines of unpacking tell nobody anything; errors are shown.
      stdio: ['ignore', 'ignore', 'inherit'],
      // RUNLEVEL=1 keeps the packages from starting services: the tests start their own.
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', ...(needed ? { RUNLEVEL: '1' } : {}) },
    });
  const install = () => apt('install', '-y', '--no-install-recommends', ...missing);
  const done = install() || (apt('update') && install());
  if (done) return;
  if (needed) stop('apt-get could not install them; see above');
  say('apt-get could not install them; going on without');
}

/** Newest modification below some folders, ms. */
function newest(...folders) {
  let latest = 0;
  for (const folder of folders) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true, recursive: true })) {
      if (entry.isFile()) latest = Math.max(latest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
    }
  }
  return latest;
}

function buildScreens() {
  const page = join(root, 'out', 'renderer', 'index.html');
  if (existsSync(page) && statSync(page).mtimeMs > newest('renderer', 'contract')) return;
  say('building the screens');
  if (!run('npm', ['run', '--silent', 'build'])) stop('the screens did not build; see above');
}

/** Electron's binary, tried once and only where a window can be shown; without it the system's Chromium does. */
function fetchElectron() {
  const folder = join(root, 'node_modules', 'electron');
  const tried = join(folder, '.imis-tried');
  const display = process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'];
  if (display === undefined || existsSync(join(folder, 'path.txt')) || existsSync(tried)) return;
  say("fetching Electron's binary (up to a minute; tried once)");
  const fetched = run(process.execPath, ['install.js'], { cwd: folder, stdio: 'ignore', timeout: 60_000 });
  writeFileSync(tried, '');
  if (!fetched) say("Electron's binary cannot be had here; the screens will open in Chromium");
}

/** vpcd writes length and payload apart; without TCP_NODELAY every APDU waits 44 ms for a delayed acknowledgement. Tests only. */
function buildPreload() {
  const source = join(root, 'test', 'e2e', 'vpcd-nodelay.c');
  const target = join(root, 'out', 'vpcd-nodelay.so');
  if (existsSync(target) && statSync(target).mtimeMs > statSync(source).mtimeMs) return;
  say('compiling the TCP_NODELAY preload for the virtual reader');
  mkdirSync(join(root, 'out'), { recursive: true });
  if (!run('cc', ['-shared', '-fPIC', '-O2', '-o', target, source, '-ldl'])) stop('cc failed; see above');
}

/** The accelerator of group signatures. Whatever goes wrong, the product works without it, only slower. */
function buildNative() {
  // Starting a desk is no reason to speak of compilers.
  if (mode === 'start' && spawnSync('cc', ['--version'], { stdio: 'ignore' }).status !== 0) return;
  run(process.execPath, [join('scripts', 'build-native.mjs'), '--quiet']);
}

/** The hot loops of the fingerprint modules: without them nothing that touches a finger works, so every mode needs them. */
function buildKernels() {
  const node = join(root, 'node_modules', '.bin', 'node');
  if (!run(node, [join('scripts', 'build-kernels.mjs'), '--quiet'])) stop('the kernels did not build; see above');
}

if (Number(process.versions.node.split('.')[0]) < 20) {
  stop(`Node ${process.versions.node} is too old: 20 or newer starts the set-up (Debian 12's own package is 18)`);
}
installPackages();
ensureNode();
buildKernels();
if (mode !== 'packages') {
  installDebianPackages();
  buildNative();
  buildScreens();
}
if (mode === 'test') buildPreload();
if (mode === 'start') fetchElectron();
