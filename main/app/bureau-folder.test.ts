import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMovingClock, yesterdayNoon } from '../../bureau/testing/moving-clock.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { decodeOpenerSet } from '../../crypto/groupsig/opener-set.ts';
import { decodeScalar } from '../../crypto/groupsig/scalar.ts';
import { isCertifiedBy, parseCardCertificate } from '../../crypto/pki/card-certificate.ts';
import { generateP256 } from '../../crypto/pki/key-store.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { p256Point } from '../../crypto/pki/public-key.ts';
import { validatePath } from '../../crypto/pki/validate-path.ts';
import { addInstitution, createFirstClerk, revoke, setStanding } from './administer-bureau.ts';
import { bureauFiles, GroupFile, readJson } from './bureau-files.ts';
import { createBureauFolder } from './bureau-folder.ts';
import { issueCivilCertificate, issueDoctorCertificate } from './demonstration-authorities.ts';
import { loadDesk } from './desk-folder.ts';
import { enrolTerminal } from './enrol-terminal.ts';
import { loadBureau } from './load-bureau.ts';
import { loadOpenerShare } from './officers/opener-file.ts';
import { readPassphrase } from './officers/sealed-secret.ts';
import { runBureau } from './run-bureau.ts';

const HOSPITAL = '0401180014';
const PHARMACY = '5901200001';
let dir: string;
let bureau: string;
const clock = createMovingClock(yesterdayNoon());

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'imis-folder-'));
  bureau = join(dir, 'bureau');
  await createBureauFolder(bureau, { clock });
  await addInstitution(bureau, { code: HOSPITAL, name: '教學醫院', kind: 'hospital' });
  await addInstitution(bureau, { code: PHARMACY, name: '安心藥局', kind: 'pharmacy' });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

describe('the bureau’s folder', () => {
  it('belongs to its owner alone and leaves nothing beside it', async () => {
    expect(await readdir(dir)).toEqual(['bureau']);
    expect(await modeOf(bureau)).toBe(0o700);
    const entries = await readdir(bureau, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const mode = await modeOf(join(entry.parentPath, entry.name));
      // Certificates are public; the folder round them is not.
      const expected = entry.isDirectory() ? 0o700 : entry.name.endsWith('.cert.pem') ? 0o644 : 0o600;
      expect([entry.name, mode]).toEqual([entry.name, expected]);
    }
  });

  it('is not overwritten, whatever is there', async () => {
    const before = await readFile(bureauFiles(bureau).identity, 'utf8');
    await expect(createBureauFolder(bureau, { clock })).rejects.toMatchObject({ code: 'FOLDER_EXISTS' });
    expect(await readFile(bureauFiles(bureau).identity, 'utf8')).toBe(before);
    const empty = join(dir, 'empty');
    await mkdir(empty);
    await expect(createBureauFolder(empty, { clock })).rejects.toMatchObject({ code: 'FOLDER_EXISTS' });
    expect(await readdir(empty)).toEqual([]);
    await rm(empty, { recursive: true });
    const bad = createBureauFolder(join(dir, 'bad'), { clock, institution: '12' });
    await expect(bad).rejects.toMatchObject({ code: 'VALUE_INVALID' });
    expect(await readdir(dir)).toEqual(['bureau']);
  });

  it('holds five opener shares, each of the registered set and none elsewhere', async () => {
    const loaded = await loadBureau(bureau, clock);
    const { backend, key, openerSet } = loaded.keys.group;
    const set = decodeOpenerSet(backend, key, openerSet);
    expect([set.n, set.t]).toEqual([5, 3]);
    const everything = await readFile(bureauFiles(bureau).group, 'utf8');
    for (const index of [1, 2, 3, 4, 5]) {
      const file = bureauFiles(bureau).opener(index);
      const share = await loadOpenerShare(file, readPassphrase(bureauFiles(bureau).openerPassphrase(index)));
      expect(share).toMatchObject({ index, group: hex(key.pkh), openerSet: 1 });
      const kappa = decodeScalar(share.kappa) ?? 0n;
      expect(backend.equal(backend.mulSecret(backend.generators.G, kappa), set.shareKey(index))).toBe(true);
      for (const text of [everything, await readFile(file, 'utf8')]) expect(text).not.toContain(hex(share.kappa));
    }
    await loaded.store.close();
  });

  it('is refused when a file is missing, damaged or another’s', async () => {
    const files = bureauFiles(bureau);
    const damaged = async (path: string, content: string | undefined, code: string): Promise<void> => {
      const before = await readFile(path);
      const mode = await modeOf(path);
      if (content === undefined) await rm(path);
      else await writeFile(path, content);
      await expect(loadBureau(bureau, clock)).rejects.toMatchObject({ code });
      await writeFile(path, before, { mode });
    };
    await damaged(files.bureau, undefined, 'FOLDER_NOT_FOUND');
    await damaged(files.bureau, '{}', 'FOLDER_DAMAGED');
    await damaged(files.epochs, '{"version":2}', 'FOLDER_DAMAGED');
    await damaged(files.identity, 'not json', 'FOLDER_DAMAGED');
    await damaged(files.issuerSecret, 'short', 'FOLDER_DAMAGED');
    await damaged(join(files.keys, 'bureau-ca.key.pem'), undefined, 'KEY_NOT_FOUND');
    await damaged(join(files.keys, 'bureau-ca.key.pem'), 'x', 'KEY_UNREADABLE');
    const signing = await readFile(join(files.keys, 'bureau-signing.cert.pem'), 'utf8');
    await damaged(join(files.keys, 'bureau-encryption.cert.pem'), signing, 'KEY_MISMATCH');
    await damaged(join(files.keys, 'card-authority.cert.pem'), signing, 'KEY_MISMATCH');
    await damaged(join(files.keys, 'card-authority.key.pem'), undefined, 'KEY_NOT_FOUND');
    const group = readJson(files.group, GroupFile);
    const swapped = { ...group, groupKey: Buffer.alloc(209).toString('base64') };
    await damaged(files.group, JSON.stringify(swapped), 'GROUP_KEY_INVALID');
    await expect(loadBureau(join(dir, 'none'), clock)).rejects.toMatchObject({ code: 'FOLDER_NOT_FOUND' });
    await (await loadBureau(bureau, clock)).close();
  });
});

describe('a terminal', () => {
  it('gets a folder with keys of its own, known to the bureau', async () => {
    const out = join(dir, 'clinic');
    const made = await enrolTerminal(bureau, { institution: HOSPITAL, role: 'clinic', name: '診間一', out }, clock);
    const desk = await loadDesk(out);
    expect(desk).toMatchObject({
      ...made,
      desk: 'clinic',
      institution: HOSPITAL,
      institutionName: '教學醫院',
      decryption: undefined,
    });
    expect(hex(desk.terminal.terminalId ?? new Uint8Array(0))).toBe(desk.terminalId);
    const loaded = await loadBureau(bureau, clock);
    expect(await loaded.store.certificate(desk.terminal.serial, new AbortController().signal)).toBeDefined();
    await loaded.store.close();
    expect(await modeOf(out)).toBe(0o700);
    expect(await modeOf(join(out, 'keys', 'terminal.key.pem'))).toBe(0o600);
  });

  it('of a pharmacy holds the institution’s one decryption key', async () => {
    const at = (out: string, more: object = {}) =>
      enrolTerminal(
        bureau,
        { institution: PHARMACY, role: 'pharmacy', name: out, out: join(dir, out), ...more },
        clock,
      );
    await at('pharmacy');
    await expect(at('second')).rejects.toMatchObject({ code: 'DECRYPTION_KEY_EXISTS' });
    await expect(at('second', { shareKeyOf: join(dir, 'clinic') })).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
    await at('second', { shareKeyOf: join(dir, 'pharmacy') });
    const [first, second] = [await loadDesk(join(dir, 'pharmacy')), await loadDesk(join(dir, 'second'))];
    expect(second.decryption?.spki).toEqual(first.decryption?.spki);
    expect(second.terminalId).not.toBe(first.terminalId);
    const { store, institutions } = await loadBureau(bureau, clock);
    const known = institutions.find(({ code }) => code === PHARMACY)?.decryptionCertificate ?? '';
    expect(parseCertificate(new Uint8Array(Buffer.from(known, 'base64'))).spki).toEqual(first.decryption?.spki);
    await store.close();
  });

  it('is refused for an unknown institution, a role that is not its kind’s, or a folder that exists', async () => {
    const at = (institution: string, role: string, out = 'never') =>
      enrolTerminal(bureau, { institution, role, name: 'x', out: join(dir, out) }, clock);
    await expect(at('1111111111', 'clinic')).rejects.toMatchObject({ code: 'INSTITUTION_UNKNOWN' });
    await expect(at(HOSPITAL, 'pharmacy')).rejects.toMatchObject({ code: 'INSTITUTION_KIND' });
    await expect(at(HOSPITAL, 'kitchen')).rejects.toMatchObject({ code: 'VALUE_INVALID' });
    await expect(at(HOSPITAL, 'clinic', 'clinic')).rejects.toMatchObject({ code: 'FOLDER_EXISTS' });
    expect((await readdir(dir)).sort()).toEqual(['bureau', 'clinic', 'pharmacy', 'second']);
  });
});

describe('the administrator', () => {
  it('adds an institution once', async () => {
    const again = addInstitution(bureau, { code: HOSPITAL, name: 'x', kind: 'hospital' });
    await expect(again).rejects.toMatchObject({ code: 'INSTITUTION_EXISTS' });
    const odd = addInstitution(bureau, { code: '2222222222', name: 'x', kind: 'school' });
    await expect(odd).rejects.toMatchObject({ code: 'VALUE_INVALID' });
  });

  it('revokes and sets standing only of what there is', async () => {
    await expect(revoke(bureau, '0'.repeat(32), clock)).rejects.toMatchObject({ code: 'CERTIFICATE_UNKNOWN' });
    await expect(revoke(bureau, 'x', clock)).rejects.toMatchObject({ code: 'VALUE_INVALID' });
    await expect(setStanding(bureau, '0'.repeat(32), '2026-12-31')).rejects.toMatchObject({ code: 'PERSON_UNKNOWN' });
    await expect(setStanding(bureau, '0'.repeat(32), '2026-02-30')).rejects.toMatchObject({ code: 'VALUE_INVALID' });
    await expect(revoke(dir, '0'.repeat(32), clock)).rejects.toMatchObject({ code: 'FOLDER_NOT_FOUND' });
  });

  it('certifies the first clerk, and stands in for the authorities of others', async () => {
    const { spki } = await generateP256();
    const made = await createFirstClerk(bureau, { name: '陳承辦', spki, authenticationSpki: spki }, clock);
    const clerk = parseCertificate(made.certificate);
    const own = parseCardCertificate(made.authentication);
    expect(own.role).toEqual({ kind: 'card', card: 'staff' });
    expect(clerk).toMatchObject({ kind: 'staff', role: { institution: '9900000001', role: 'clerk' } });
    const civil = parseCertificate(
      await issueCivilCertificate(bureau, { name: '王小明', nationalId: 'A100000001', spki }, clock),
    );
    const doctor = parseCertificate(
      await issueDoctorCertificate(bureau, { name: '林醫師', doctorId: 'D1', spki }, clock),
    );
    const loaded = await loadBureau(bureau, clock);
    const { civilCa, professionalCa, cardAuthority } = loaded.keys;
    expect(isCertifiedBy(own, p256Point(cardAuthority.certificate.spki) ?? expect.fail())).toBe(true);
    await loaded.store.close();
    const policy = { revoked: undefined, now: clock.now() };
    expect(validatePath(civil, { ...policy, anchors: [civilCa], kinds: ['civil'] })).toHaveLength(2);
    expect(validatePath(doctor, { ...policy, anchors: [professionalCa], kinds: ['doctor'] })).toHaveLength(2);
  });

  it('gets the store closed again when the port is taken', async () => {
    const log = (): void => undefined;
    const first = await runBureau(bureau, { host: '127.0.0.1', port: 0 }, clock, log);
    const port = Number(new URL(first.url).port);
    await expect(runBureau(bureau, { host: '127.0.0.1', port }, clock, log)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    await first.close();
    expect((await readdir(bureau)).filter((name) => name.startsWith('bureau.sqlite'))).toEqual(['bureau.sqlite']);
  });
});
