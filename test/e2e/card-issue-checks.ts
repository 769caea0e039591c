/**
 * A bureau set up by hand gets its cards, with the commands of docs/operations.md on a real pcscd with virtual readers, and each of their
 * refusals. Runs inside a card room (card-issue.real.test.ts starts it) and prints one line of JSON a check.
 * @module
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { SoftwareCard } from '../../card/simulator/card-os.ts';
import { encodeNhiProfile } from '../../card/simulator/encode-nhi-profile.ts';
import { createNhiCard } from '../../card/simulator/software-nhi-card.ts';
import { createVpcdLink, type VpcdLink } from '../../card/simulator/vpcd-link.ts';
import { createPcscReader } from '../../card/transport/pcsc-reader.ts';
import { CardView } from '../../contract/card-life.ts';
import { generateP256, toPem } from '../../crypto/pki/key-store.ts';
import { issueCivilCertificate, issueDoctorCertificate } from '../../main/app/demonstration-authorities.ts';
import { loadDesk } from '../../main/app/desk-folder.ts';
import { systemClock } from '../../main/app/system-clock.ts';
import { loadTerminalCredentials } from '../../main/app/terminal-credentials.ts';
import { createCardService } from '../../main/station/card-service.ts';
import { furnishCardRoom, startPcscd } from '../harness/card-room.ts';
import { blankCards } from '../harness/desk-world.ts';

const IMIS = join(import.meta.dirname, '..', '..', 'cli', 'imis.ts');
const SLOTS = ['Desk 00 00', 'Desk 00 01', 'Side 00 00'] as const;
const [CLERK, BLANK, NHI] = SLOTS;
const HOSPITAL = '0401180014';
const WANG = { name: '王小明', nationalId: 'A123456789' } as const;
const PERSON = ['--name', WANG.name, '--national-id', WANG.nationalId, '--birth-date', '1984-05-17', '--sex', 'male'];

const dir = mkdtempSync(join(tmpdir(), 'imis-issue-'));
furnishCardRoom();
const pcscd = await startPcscd(['Desk', 'Side']);
const watching = await createPcscReader({ names: SLOTS });
const blank = await blankCards();
let serving: ChildProcess | undefined;
let url = '';

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
async function imis(...args: string[]): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const child = execFile(process.execPath, [IMIS, ...args], { cwd: dir, timeout: 60_000 }, (error, out, err) =>
    resolve({ code: error === null ? 0 : Number(error.code), out, err }),
  );
  child.stdin?.end();
  return promise;
}
/** A call that must succeed; the object on its last line. */
async function done(...args: string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await imis(...args);
  assert.deepEqual([code, err.replace(/^僅供示範[^]*$/u, '')], [0, '']);
  return z.record(z.string(), z.unknown()).parse(JSON.parse(out.trim().split('\n').at(-1) ?? ''));
}
/** A call that must be refused with this code. */
async function refused(code: string, ...args: string[]): Promise<void> {
  const answer = await imis(...args);
  assert.deepEqual([answer.code, answer.err.split(' ')[0], answer.out], [1, code, ''], answer.err);
}

const links = new Map<string, VpcdLink>();
async function until(slot: string, wanted: string): Promise<void> {
  for (let i = 0; (await watching.slots()).find((one) => one.slot === slot)?.state !== wanted; i++) {
    if (i > 300) throw new Error(`${slot} never ${wanted}`);
    await pause(20);
  }
}
async function take(slot: (typeof SLOTS)[number]): Promise<void> {
  await links.get(slot)?.remove();
  links.delete(slot);
  await until(slot, 'empty');
}
/** Puts a card in the place of another. */
async function put(slot: (typeof SLOTS)[number], card: SoftwareCard): Promise<void> {
  await take(slot);
  const link = createVpcdLink(card);
  links.set(slot, link);
  await link.insert(pcscd.ports[SLOTS.indexOf(slot)] ?? 0);
  await until(slot, 'present');
}

async function serve(port: string): Promise<void> {
  serving = spawn(process.execPath, [IMIS, 'bureau', 'serve', '--dir', 'bureau', '--port', port], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (serving.stdout === null) throw new Error('no pipe');
  const [line] = await once(createInterface(serving.stdout), 'line');
  url = z.object({ listening: z.url() }).parse(JSON.parse(String(line))).listening;
}
async function stopServing(): Promise<void> {
  if (serving === undefined) return;
  const ended = once(serving, 'exit');
  serving.kill('SIGTERM');
  await ended;
  serving = undefined;
}

const path = (name: string): string => join(dir, name);
/** The PIN in a letter, as a file for --pin-file. */
function pinFileOf(letter: string): string {
  const pin = /^(?:TRANSPORT-)?PIN ([0-9]{6})\nPUK [0-9]{8}\n$/u.exec(readFileSync(path(letter), 'utf8'))?.[1];
  assert.ok(pin, letter);
  writeFileSync(path(`${letter}.pin`), `${pin}\n`, { mode: 0o600 });
  return `${letter}.pin`;
}
const atDesk = (kind: string, pinFile = 'clerk.txt.pin'): string[] => {
  const desk = ['--desk', 'issuing', '--bureau', url, '--reader', BLANK, '--operator-reader', CLERK];
  return ['card', 'issue', '--kind', kind, ...desk, '--pin-file', pinFile];
};
/** PIN of the card in the issuing slot, tried by the station's own service. */
async function opens(kind: 'staff' | 'doctor' | 'patient', letter: string): Promise<void> {
  const pin = Array.from(readFileSync(path(pinFileOf(letter)), 'utf8').trim(), Number);
  const reader = await createPcscReader({ names: [BLANK] });
  const service = await createCardService({ reader, terminals: await loadTerminalCredentials([path('issuing')]) });
  const cards = service.as((await loadDesk(path('issuing'))).terminalId);
  for (let i = 0; (await cards.slots({}))[0]?.state !== 'ready' && i < 200; i++) await pause(20);
  const verify = { staff: cards.staffVerifyPin, doctor: cards.doctorVerifyPin, patient: cards.patientVerifyPin }[kind];
  try {
    await verify({ slot: BLANK, pin });
    if (kind === 'doctor') assert.ok((await cards.doctorCredential({ slot: BLANK })).credential.length > 0);
  } finally {
    await service.close();
  }
}

let clerkCard: SoftwareCard = blank.staff();
let registrarCard: SoftwareCard = blank.staff();
const STAFF = ['--institution', HOSPITAL, '--role', 'registrar', '--name', '掛號 張'];

/** With `--short` these are left out: further ways to the same cards, and refusals that the bureau's and the desk's own tests hold too. */
const LONG: ReadonlySet<string> = new Set([
  'a doctor’s card in two steps: its public key goes out, the certificate comes back',
  'a doctor’s card with a transport PIN, which opens nothing before its holder has changed it',
  'a patient’s card by the stand-in authority, the person typed',
  'refusals at the reader: no card, a card issued already, another kind, no such reader',
  'refusals of the clerk: a wrong PIN, no PIN, a role without the right, another desk’s folder',
  'the bureau away: refused, the card stays blank and is issued once the bureau is back',
]);
const short = process.argv.includes('--short');

const checks: Readonly<Record<string, () => Promise<void>>> = {
  'a bureau set up by hand gets its first clerk': async () => {
    await done('bureau', 'init', '--dir', 'bureau', '--name', '健保署');
    const hospital = ['--code', HOSPITAL, '--name', '教學醫院', '--kind', 'hospital'];
    assert.equal((await imis('bureau', 'add-institution', '--dir', 'bureau', ...hospital)).code, 0);
    const desk = ['--institution', '9900000001', '--role', 'bureau', '--name', '製卡一', '--out', 'issuing'];
    await done('bureau', 'enrol-terminal', '--dir', 'bureau', ...desk);
    const clinic = ['--institution', HOSPITAL, '--role', 'clinic', '--name', '診間一', '--out', 'clinic'];
    await done('bureau', 'enrol-terminal', '--dir', 'bureau', ...clinic);
    await serve('0');
    const clerk = ['bureau', 'first-clerk', '--dir', 'bureau', '--reader', CLERK, '--name', '承辦 周'];
    await refused('CARD_ABSENT', ...clerk, '--pin-letter', 'clerk.txt');
    await put(CLERK, blank.patient());
    await refused('CARD_WRONG_KIND', ...clerk, '--pin-letter', 'clerk.txt');
    clerkCard = blank.staff();
    await put(CLERK, clerkCard);
    await refused('FOLDER_NOT_FOUND', ...clerk.with(3, 'nowhere'), '--pin-letter', 'clerk.txt');
    assert.ok(!existsSync(path('clerk.txt')));
    assert.deepEqual(await done(...clerk, '--pin-letter', 'clerk.txt'), { issued: 'staff', role: 'clerk' });
    assert.equal(statSync(path('clerk.txt')).mode & 0o777, 0o600);
    await refused('CARD_NOT_BLANK', ...clerk, '--pin-letter', 'again.txt');
    assert.ok(!existsSync(path('again.txt')));
    pinFileOf('clerk.txt');
  },
  'the clerk issues a staff card; its PIN is printed once and opens it': async () => {
    registrarCard = blank.staff();
    await put(BLANK, registrarCard);
    const { code, out } = await imis(...atDesk('staff'), ...STAFF);
    assert.equal(code, 0);
    assert.match(out, /^PIN [0-9]{6}\nPUK [0-9]{8}\n\{"issued":"staff","serial":"[0-9a-f]{32}"\}\n$/u);
    writeFileSync(path('registrar.txt'), out.split('\n').slice(0, 2).join('\n').concat('\n'));
    await opens('staff', 'registrar.txt');
  },
  'a doctor’s card by the stand-in authority': async () => {
    await put(BLANK, blank.doctor());
    const doctor = ['--classes', '1,4', '--authority', 'bureau', '--doctor-id', 'MD-012345', '--name', '李醫師'];
    const { issued, serial } = await done(...atDesk('doctor'), ...doctor, '--pin-letter', 'lee.txt');
    assert.equal(issued, 'doctor');
    assert.match(String(serial), /^[0-9a-f]{32}$/u);
    await opens('doctor', 'lee.txt');
  },
  'a doctor’s card with a transport PIN, which opens nothing before its holder has changed it': async () => {
    await put(BLANK, blank.doctor());
    const doctor = ['--classes', '1', '--authority', 'bureau', '--doctor-id', 'MD-024680', '--name', '周醫師'];
    const letter = ['--pin-letter', 'chou.txt', '--transport-pin'];
    assert.equal((await imis(...atDesk('doctor'), ...doctor, ...letter, 'no')).code, 2);
    assert.equal((await done(...atDesk('doctor'), ...doctor, ...letter, 'yes'))['issued'], 'doctor');
    assert.match(readFileSync(path('chou.txt'), 'utf8'), /^TRANSPORT-PIN /u);
    await assert.rejects(opens('doctor', 'chou.txt'), { code: 'PIN_CHANGE_REQUIRED' });
    writeFileSync(path('own.txt'), 'PIN 580213\nPUK 00000000\n');
    const change = ['card', 'change-pin', '--desk', 'issuing', '--reader', BLANK, '--pin-file', 'chou.txt.pin'];
    await done(...change, '--new-pin-file', pinFileOf('own.txt'));
    await opens('doctor', 'own.txt');
  },
  'a doctor’s card in two steps: its public key goes out, the certificate comes back': async () => {
    await put(BLANK, blank.doctor());
    const waiting = await done(...atDesk('doctor'), '--classes', '1');
    assert.equal(waiting['waiting'], 'doctor');
    const pem = String(waiting['publicKey']);
    const spki = new Uint8Array(Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\n/gu, ''), 'base64'));
    const doctor = { name: '許醫師', doctorId: 'MD-067890', spki };
    const certificate = await issueDoctorCertificate(path('bureau'), doctor, systemClock);
    writeFileSync(path('hsu.pem'), toPem('CERTIFICATE', certificate));
    const other = await issueDoctorCertificate(
      path('bureau'),
      { ...doctor, spki: (await generateP256()).spki },
      systemClock,
    );
    writeFileSync(path('other.pem'), toPem('CERTIFICATE', other));
    const issue = [...atDesk('doctor'), '--classes', '1', '--pin-letter', 'hsu.txt', '--certificate'];
    await refused('CARD_REFUSED', ...issue, 'other.pem');
    await refused('VALUE_INVALID', ...issue, 'clerk.txt');
    assert.ok(!existsSync(path('hsu.txt')));
    assert.equal((await done(...issue, 'hsu.pem'))['issued'], 'doctor');
    await opens('doctor', 'hsu.txt');
  },
  'a patient’s card by a civil key in a file, the person from the NHI card in a third slot': async () => {
    const holder = {
      cardNumber: '000000001234',
      idNumber: WANG.nationalId,
      birthDate: '1984-05-17',
      issued: '2020-11-09',
    };
    await put(NHI, createNhiCard({ profile: encodeNhiProfile({ ...holder, name: WANG.name, sex: 'male' }) }));
    await put(BLANK, blank.patient());
    const { privateKey, spki } = await generateP256();
    const certificate = await issueCivilCertificate(path('bureau'), { ...WANG, spki }, systemClock);
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(path('civil.key.pem'), pem, { mode: 0o600 });
    writeFileSync(path('civil.cert.pem'), toPem('CERTIFICATE', certificate));
    const civil = ['--civil-key', 'civil.key.pem', '--civil-certificate', 'civil.cert.pem', '--nhi-reader', NHI];
    const issued = await done(...atDesk('patient'), ...civil, '--pin-letter', 'wang.txt');
    assert.match(String(issued['pid']), /^[0-9a-f]{32}$/u);
    await opens('patient', 'wang.txt');
    const until = ['--pid', String(issued['pid']), '--until', '2027-12-31'];
    assert.equal((await imis('bureau', 'set-standing', '--dir', 'bureau', ...until)).code, 0);
  },
  'a patient’s card by the stand-in authority, the person typed': async () => {
    await take(NHI);
    await put(BLANK, blank.patient());
    const person = PERSON.map((value) =>
      value === WANG.name ? '陳美玲' : value === WANG.nationalId ? 'F223456786' : value,
    );
    const issued = await done(...atDesk('patient'), ...person, '--authority', 'bureau', '--pin-letter', 'chen.txt');
    assert.equal(issued['issued'], 'patient');
  },
  'refusals at the reader: no card, a card issued already, another kind, no such reader': async () => {
    const letter = ['--pin-letter', 'never.txt'];
    await refused('CARD_NOT_BLANK', ...atDesk('patient'), ...PERSON, '--authority', 'bureau', ...letter);
    await refused('CARD_WRONG_KIND', ...atDesk('staff'), ...STAFF, ...letter);
    await take(BLANK);
    await refused('CARD_ABSENT', ...atDesk('staff'), ...STAFF, ...letter);
    const elsewhere = atDesk('staff').map((value) => (value === BLANK ? 'Desk' : value));
    await refused('READER_UNKNOWN', ...elsewhere, ...STAFF, ...letter);
    await put(
      BLANK,
      createNhiCard({
        profile: encodeNhiProfile({
          cardNumber: '000000001234',
          name: '王',
          idNumber: 'A123456789',
          birthDate: '1984-05-17',
          sex: 'male',
          issued: '2020-11-09',
        }),
      }),
    );
    await refused('CARD_WRONG_KIND', ...atDesk('staff'), ...STAFF, ...letter);
    assert.ok(!existsSync(path('never.txt')));
  },
  'refusals of the clerk: a wrong PIN, no PIN, a role without the right, another desk’s folder': async () => {
    await put(BLANK, blank.staff());
    const letter = ['--pin-letter', 'never.txt'];
    writeFileSync(path('wrong.pin'), '000000\n');
    writeFileSync(path('words.pin'), 'secret\n');
    await refused('PIN_WRONG', ...atDesk('staff', 'wrong.pin'), ...STAFF, ...letter);
    await refused('PIN_FORMAT', ...atDesk('staff', 'words.pin'), ...STAFF, ...letter);
    await refused('PIN_REQUIRED', ...atDesk('staff').slice(0, -2), ...STAFF, ...letter);
    await refused('TERMINAL_NOT_ALLOWED', ...atDesk('staff').with(5, 'clinic'), ...STAFF, ...letter);
    await refused('NOT_FOUND', ...atDesk('staff'), ...STAFF.with(1, '0000000000'), ...letter);
    await refused('VALUE_INVALID', ...atDesk('staff'), ...STAFF.with(3, 'king'), ...letter);
    await refused('EEXIST', ...atDesk('staff'), ...STAFF, '--pin-letter', 'clerk.txt');
    await put(CLERK, registrarCard);
    await refused('OPERATOR_NOT_ALLOWED', ...atDesk('staff', 'registrar.txt.pin'), ...STAFF, ...letter);
    assert.ok(!existsSync(path('never.txt')));
  },
  'the card office: listed, suspended, let go, replaced, reported': async () => {
    await put(CLERK, clerkCard);
    const office = ['--desk', 'issuing', '--bureau', url, '--operator-reader', CLERK, '--pin-file', 'clerk.txt.pin'];
    const active = async (): Promise<z.infer<typeof CardView>[]> => {
      const filter = ['--kind', 'staff', '--status', 'active'];
      return z.object({ cards: z.array(CardView) }).parse(await done('card', 'list', ...office, ...filter)).cards;
    };
    const registrar = (await active())[0];
    assert.ok(registrar);
    const card = ['--serial', registrar.serial];
    assert.equal((await done('card', 'suspend', ...office, ...card, '--reason', '休假'))['status'], 'suspended');
    await refused('CARD_STATE_CONFLICT', 'card', 'suspend', ...office, ...card);
    assert.equal((await done('card', 'resume', ...office, ...card))['status'], 'active');
    await put(BLANK, blank.staff());
    const replacing = (word: string): string[] => [...atDesk('staff').with(1, word), ...STAFF, ...card];
    await refused('CARD_STATE_CONFLICT', ...replacing('renew'), '--pin-letter', 'never.txt');
    const fresh = await done(...replacing('replace'), '--pin-letter', 'again.txt');
    assert.equal(fresh['replaced'], registrar.serial);
    await opens('staff', 'again.txt');
    const now = (await active()).find(({ serial }) => serial === fresh['serial']);
    assert.equal(now?.holder, registrar.holder);
    const report = ['card', 'report', ...office, '--serial', String(fresh['serial']), '--what', 'stolen'];
    assert.equal((await done(...report))['status'], 'stolen');
    await refused('NOT_FOUND', 'card', 'report', ...office, '--serial', '01'.repeat(16), '--what', 'lost');
    assert.ok(!existsSync(path('never.txt')));
  },
  'a holder changes the PIN, and unblocks it by the PUK, without any bureau': async () => {
    const digits = (name: string, text: string): string => {
      writeFileSync(path(name), `${text}\n`, { mode: 0o600 });
      return name;
    };
    const [pin, next] = [pinFileOf('again.txt'), digits('next.pin', '135790')];
    const change = ['card', 'change-pin', '--desk', 'issuing', '--reader', BLANK, '--pin-file'];
    assert.deepEqual(await done(...change, pin, '--new-pin-file', next), { changed: BLANK });
    await refused('PIN_WRONG', ...change, pin, '--new-pin-file', next);
    await refused('PIN_FORMAT', ...change, next, '--new-pin-file', digits('short.pin', '1234'));
    await refused('PIN_WRONG', ...change, pin, '--new-pin-file', next);
    await refused('PIN_BLOCKED', ...change, pin, '--new-pin-file', next);
    await refused('PIN_BLOCKED', ...change, next, '--new-pin-file', pin);
    const puk = digits('again.puk', readFileSync(path('again.txt'), 'utf8').slice(15, 23));
    const unblock = ['card', 'unblock', '--desk', 'issuing', '--reader', BLANK, '--new-pin-file', next, '--puk-file'];
    await refused('PIN_WRONG', ...unblock, digits('wrong.puk', '00000000'));
    assert.deepEqual(await done(...unblock, puk), { unblocked: BLANK });
    assert.deepEqual(await done(...change, next, '--new-pin-file', pin), { changed: BLANK });
  },
  'the bureau away: refused, the card stays blank and is issued once the bureau is back': async () => {
    await put(CLERK, clerkCard);
    await put(BLANK, blank.staff());
    const port = new URL(url).port;
    await stopServing();
    await refused('BUREAU_UNREACHABLE', ...atDesk('staff'), ...STAFF, '--pin-letter', 'late.txt');
    assert.ok(!existsSync(path('late.txt')));
    await serve(port);
    assert.equal((await done(...atDesk('staff'), ...STAFF, '--pin-letter', 'late.txt'))['issued'], 'staff');
    await opens('staff', 'late.txt');
  },
};

for (const [name, check] of Object.entries(checks)) {
  if (short && LONG.has(name)) continue;
  const started = performance.now();
  let detail = 'ok';
  try {
    await check();
  } catch (cause) {
    detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  }
  console.log(JSON.stringify({ name, ok: detail === 'ok', detail, ms: Math.round(performance.now() - started) }));
}
for (const link of links.values()) await link.remove();
await stopServing();
await watching.close();
await pcscd.stop();
rmSync(dir, { recursive: true, force: true });
process.exit(0);
