import { access, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMovingClock, yesterdayNoon } from '../../../bureau/testing/moving-clock.ts';
import { hex, utf8 } from '../../../crypto/common/bytes.ts';
import { seal } from '../../../crypto/envelope/seal.ts';
import { createMclBackend } from '../../../crypto/groupsig/backend-mcl.ts';
import { encodeComplaint } from '../../../crypto/groupsig/ceremony/complaint.ts';
import { encodeShare } from '../../../crypto/groupsig/ceremony/share-message.ts';
import { decodeScalar } from '../../../crypto/groupsig/scalar.ts';
import { bureauFiles, GroupFile, readJson } from '../bureau-files.ts';
import { createBureauFolder } from '../bureau-folder.ts';
import { adoptOpenerSet, makeIssuer, readGeneratedGroup } from '../bureau-openers.ts';
import { loadCeremony, SignedFile, signStatement } from './officer-ceremony-files.ts';
import { startCeremony } from './officer-ceremony-start.ts';
import { abandonCeremony, takeStep } from './officer-ceremony-step.ts';
import { createOfficerFolder, officerFiles, openOfficer, readOfficer } from './officer-folder.ts';
import { loadOpenerShare } from './opener-file.ts';
import { OpenerSetFile, readOpenerSet } from './opener-set-file.ts';
import { GENERATED_PASSPHRASE_COST, readPassphrase } from './sealed-secret.ts';

let dir: string;
const clock = createMovingClock(yesterdayNoon());
const passphrase = utf8('correct horse battery');
const at = (name: string): string => join(dir, name);
const publicOf = (name: string): string => officerFiles(at(name)).officer;
const NAMES = ['jia', 'yi', 'bing', 'ding'] as const;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'imis-officers-'));
  for (const name of NAMES) await createOfficerFolder(at(name), { name, passphrase, cost: GENERATED_PASSPHRASE_COST });
  await makeIssuer(at('issuer'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const step = (ceremony: string, name: string) => takeStep(at(ceremony), at(name), passphrase);

/** Everybody takes every step in turn until all are done; the steps as each took them. */
async function hold(ceremony: string, names: readonly string[]): Promise<Record<string, string[]>> {
  const taken: Record<string, string[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let turn = 0; turn < 6; turn++) {
    for (const name of names.filter((one) => taken[one]?.at(-1) !== 'done')) {
      try {
        taken[name]?.push((await step(ceremony, name)).step);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'CEREMONY_WAITING')) throw error;
      }
    }
  }
  return taken;
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Holds this officer the share of this index in the set, and does it fit? */
async function expectShare(name: string, index: number, path: string): Promise<void> {
  const { set, groupKey, ceremony } = await readOpenerSet(path);
  const backend = await createMclBackend();
  const share = await loadOpenerShare(officerFiles(at(name)).opener, passphrase);
  expect(share).toMatchObject({ index, openerSet: set.version, group: hex(groupKey.pkh) });
  const kappa = decodeScalar(share.kappa) ?? 0n;
  expect(backend.equal(backend.mulSecret(backend.generators.G, kappa), set.shareKey(index))).toBe(true);
  expect(await readFile(officerFiles(at(name)).opener, 'utf8')).not.toContain(hex(share.kappa));
  expect(await isThere(officerFiles(at(name)).nextOpener)).toBe(false);
  expect(await isThere(officerFiles(at(name)).ceremony(ceremony.ceremony.plan.hash))).toBe(false);
}

describe('officers on machines of their own', () => {
  it('generate a key, refresh it, hand it on, and the bureau adopts each set', async () => {
    const officers = ['jia', 'yi', 'bing'].map(publicOf);
    const issuer = join(at('issuer'), 'issuer.json');
    const convened = await startCeremony(at('generate'), { kind: 'generate', issuer, officers, threshold: 2 });
    expect(convened.participants.map(({ name }) => name)).toEqual(['jia', 'yi', 'bing']);
    expect(await hold('generate', ['jia', 'yi', 'bing'])).toEqual(
      Object.fromEntries(['jia', 'yi', 'bing'].map((name) => [name, ['join', 'deal', 'answer', 'sign', 'done']])),
    );
    const first = join(at('generate'), 'opener-set.json');
    for (const [i, name] of ['jia', 'yi', 'bing'].entries()) await expectShare(name, i + 1, first);

    const group = await readGeneratedGroup(at('issuer'), first);
    await createBureauFolder(at('bureau'), { clock, group });
    expect(await isThere(join(at('bureau'), 'openers'))).toBe(false);
    expect(await adoptOpenerSet(at('bureau'), first)).toEqual({ openerSet: 1 });

    const from = bureauFiles(at('bureau')).openerSet(1);
    await startCeremony(at('refresh'), { kind: 'refresh', from, officers });
    const before = await loadOpenerShare(officerFiles(at('yi')).opener, passphrase);
    await hold('refresh', ['yi', 'bing', 'jia']);
    const second = join(at('refresh'), 'opener-set.json');
    for (const [i, name] of ['jia', 'yi', 'bing'].entries()) await expectShare(name, i + 1, second);
    expect(hex((await loadOpenerShare(officerFiles(at('yi')).opener, passphrase)).kappa)).not.toBe(hex(before.kappa));
    expect(await adoptOpenerSet(at('bureau'), second)).toEqual({ openerSet: 2 });
    expect(readJson(bureauFiles(at('bureau')).group, GroupFile).openerSet).toBe(
      readJson(bureauFiles(at('bureau')).openerSet(2), OpenerSetFile).openerSet,
    );

    // Yi leaves, Ding comes: Bing and Yi deal, and Jia keeps nothing of the old set that would count.
    await startCeremony(at('reshare'), {
      kind: 'reshare',
      from: bureauFiles(at('bureau')).openerSet(2),
      officers: ['ding', 'bing'].map(publicOf),
      threshold: 2,
      dealers: [
        { index: 3, officer: publicOf('bing') },
        { index: 2, officer: publicOf('yi') },
      ],
    });
    const taken = await hold('reshare', ['yi', 'ding', 'bing']);
    expect(taken).toEqual({
      yi: ['join', 'deal', 'sign', 'done'],
      ding: ['join', 'answer', 'sign', 'done'],
      bing: ['join', 'deal', 'answer', 'sign', 'done'],
    });
    const third = join(at('reshare'), 'opener-set.json');
    await expectShare('ding', 1, third);
    await expectShare('bing', 2, third);
    expect(await isThere(officerFiles(at('yi')).opener)).toBe(false);
    await expect(adoptOpenerSet(at('bureau'), first)).rejects.toMatchObject({ code: 'OPENER_SET_REFUSED' });
    expect(await adoptOpenerSet(at('bureau'), third)).toEqual({ openerSet: 3 });
    await expect(adoptOpenerSet(at('bureau'), third)).rejects.toMatchObject({ code: 'OPENER_SET_REFUSED' });
    const adopted = await readOpenerSet(bureauFiles(at('bureau')).openerSet(3));
    expect(adopted.file.bureau).toBeDefined();
  });
});

const OFFICERS = ['jia', 'yi', 'bing'] as const;
const refusal = (code: string, message?: string) => ({
  name: 'BureauFolderError',
  code,
  ...(message === undefined ? {} : { message: expect.stringContaining(message) }),
});

describe('a ceremony in which something is wrong', () => {
  const names = ['wu', 'ji', 'geng'] as const;
  let count = 0;

  beforeAll(async () => {
    for (const name of names)
      await createOfficerFolder(at(name), { name, passphrase, cost: GENERATED_PASSPHRASE_COST });
  });

  /** A generation among the three, after so many steps of everybody. */
  async function generation(steps: number): Promise<string> {
    const name = `attempt-${++count}`;
    const issuer = join(at('issuer'), 'issuer.json');
    await startCeremony(at(name), { kind: 'generate', issuer, officers: names.map(publicOf), threshold: 2 });
    for (let i = 0; i < steps; i++) for (const officer of names) await step(name, officer);
    return name;
  }

  it('waits for who is missing, by name', async () => {
    const ceremony = await generation(0);
    expect((await step(ceremony, 'wu')).step).toBe('join');
    await expect(step(ceremony, 'wu')).rejects.toMatchObject(refusal('CEREMONY_WAITING', 'join: ji, geng'));
    for (const name of ['ji', 'geng']) await step(ceremony, name);
    for (const name of ['wu', 'geng']) expect((await step(ceremony, name)).step).toBe('deal');
    await expect(step(ceremony, 'geng')).rejects.toMatchObject(refusal('CEREMONY_WAITING', 'deal: ji'));
    expect(await isThere(officerFiles(at('wu')).opener)).toBe(false);
    const { plan } = (await loadCeremony(at(ceremony))).ceremony;
    const kept = officerFiles(at('ji')).ceremony(plan.hash);
    expect(await isThere(kept)).toBe(true);
    await abandonCeremony(at(ceremony), at('ji'));
    expect(await isThere(kept)).toBe(false);
    await expect(step(ceremony, 'ji')).rejects.toMatchObject(refusal('FOLDER_NOT_FOUND'));
  });

  it('refuses strangers and wrong passphrases', async () => {
    const ceremony = await generation(0);
    await expect(step(ceremony, 'ding')).rejects.toMatchObject(refusal('CEREMONY_STRANGER'));
    await expect(takeStep(at(ceremony), at('wu'), utf8('another passphrase'))).rejects.toMatchObject(
      refusal('PASSPHRASE_WRONG'),
    );
    await expect(takeStep(at(ceremony), at('nobody'), passphrase)).rejects.toMatchObject(refusal('FOLDER_NOT_FOUND'));
    await expect(takeStep(at('nowhere'), at('wu'), passphrase)).rejects.toMatchObject(refusal('FOLDER_NOT_FOUND'));
  });

  it('refuses files that were changed, swapped or brought from another ceremony', async () => {
    const ceremony = await generation(1);
    const other = await generation(1);
    const file = (name: string): string => join(at(ceremony), name);
    const changed = async (name: string, change: (text: string) => string, code: string): Promise<void> => {
      const before = await readFile(file(name), 'utf8');
      await writeFile(file(name), change(before));
      await expect(step(ceremony, 'wu')).rejects.toMatchObject(refusal(code));
      await writeFile(file(name), before);
    };
    const edit =
      (field: string, value: unknown) =>
      (text: string): string =>
        JSON.stringify({ ...JSON.parse(text), [field]: value });
    const second = SignedFile.parse(JSON.parse(await readFile(file('join-2.json'), 'utf8')));
    const foreign = await readFile(join(at(other), 'join-3.json'), 'utf8');
    await changed('join-3.json', () => foreign, 'CEREMONY_FILE_INVALID');
    await changed('join-3.json', () => JSON.stringify(second), 'CEREMONY_FILE_INVALID');
    await changed('join-3.json', () => JSON.stringify({ ...second, from: 3 }), 'CEREMONY_FILE_INVALID');
    await changed('join-3.json', edit('message', second.message), 'CEREMONY_FILE_INVALID');
    await changed('join-3.json', edit('step', 'deal'), 'CEREMONY_FILE_INVALID');
    await changed('join-3.json', edit('signature', second.signature), 'CEREMONY_FILE_INVALID');
    await changed('join-3.json', edit('more', 1), 'FOLDER_DAMAGED');
    await changed('join-3.json', () => 'x', 'FOLDER_DAMAGED');
    await changed('ceremony.json', (text) => text.replace('"geng"', '"gong"'), 'FOLDER_DAMAGED');
    await changed('ceremony.json', (text) => text.replace('"holder": 3', '"holder": 2'), 'FOLDER_DAMAGED');
    // A convener who replaces the plan meanwhile: nobody's earlier signature fits the new one.
    const swapped = await readFile(join(at(other), 'ceremony.json'), 'utf8');
    await changed('ceremony.json', () => swapped, 'CEREMONY_FILE_INVALID');
    expect((await step(ceremony, 'wu')).step).toBe('deal');
  });

  it('ends with a complaint about a share that cannot be opened, and leaves no share', async () => {
    const ceremony = await generation(2);
    await writeFile(join(at(ceremony), 'share-2-3.cms'), 'nothing');
    expect((await step(ceremony, 'wu')).step).toBe('answer');
    await expect(step(ceremony, 'geng')).rejects.toMatchObject(refusal('CEREMONY_OVER', 'ji'));
    await expect(step(ceremony, 'wu')).rejects.toMatchObject(refusal('CEREMONY_OVER', 'geng complains about ji'));
    await expect(step(ceremony, 'ji')).rejects.toMatchObject(refusal('CEREMONY_OVER', 'not proven'));
    for (const name of names) {
      expect(await isThere(officerFiles(at(name)).opener)).toBe(false);
      expect(await isThere(officerFiles(at(name)).nextOpener)).toBe(false);
      const { plan } = (await loadCeremony(at(ceremony))).ceremony;
      expect(await isThere(officerFiles(at(name)).ceremony(plan.hash))).toBe(false);
    }
  });

  it('ends with a complaint that everybody can check about a dealer who signed a wrong share', async () => {
    const name = await generation(2);
    const ceremony = await loadCeremony(at(name));
    const cheat = await openOfficer(at('ji'), passphrase);
    const wrong = encodeShare(ceremony.ceremony, 2, 3, 12_345n);
    const content = JSON.stringify(await signStatement(ceremony, cheat, 'share', 2, wrong));
    const joined = SignedFile.parse(JSON.parse(await readFile(join(at(name), 'join-3.json'), 'utf8')));
    const spki = new Uint8Array(Buffer.from(joined.message, 'base64')).slice(0, 91);
    await writeFile(join(at(name), 'share-2-3.cms'), seal(utf8(content), [{ spki }]));
    await expect(step(name, 'geng')).rejects.toMatchObject(refusal('CEREMONY_OVER', 'ji: CEREMONY_SHARE_INVALID'));
    await expect(step(name, 'wu')).rejects.toMatchObject(refusal('CEREMONY_OVER', 'CEREMONY_SHARE_INVALID, proven'));
    const again = await generation(4);
    await hold(again, names);
    for (const [i, officer] of names.entries()) await expectShare(officer, i + 1, join(at(again), 'opener-set.json'));
  });

  it('gives nobody a new share before everybody has signed, even where somebody answers in two ways', async () => {
    const from = join(at(`attempt-${count}`), 'opener-set.json');
    await startCeremony(at('two-faced'), { kind: 'refresh', from, officers: names.map(publicOf) });
    for (let i = 0; i < 3; i++) for (const name of names) await step('two-faced', name);
    expect((await step('two-faced', 'wu')).step).toBe('sign');
    const path = join(at('two-faced'), 'answer-3.json');
    const confirmed = await readFile(path, 'utf8');
    const ceremony = await loadCeremony(at('two-faced'));
    const reason = 'CEREMONY_DEAL_INVALID';
    const complaint = encodeComplaint(ceremony.ceremony, 3, { accused: 1, reason });
    const liar = await openOfficer(at('geng'), passphrase);
    await writeFile(path, JSON.stringify(await signStatement(ceremony, liar, 'answer', 3, complaint)));
    await expect(step('two-faced', 'ji')).rejects.toMatchObject(refusal('CEREMONY_OVER', 'not proven'));
    await writeFile(path, confirmed);
    await expect(step('two-faced', 'wu')).rejects.toMatchObject(refusal('CEREMONY_WAITING', 'result: ji, geng'));
    for (const name of ['wu', 'ji']) {
      expect(await loadOpenerShare(officerFiles(at(name)).opener, passphrase)).toMatchObject({ openerSet: 1 });
    }
    // Three of three signed, but not the same.
    expect((await step('two-faced', 'geng')).step).toBe('sign');
    const second = await openOfficer(at('ji'), passphrase);
    const other = await signStatement(ceremony, second, 'result', 2, utf8('something else'));
    await writeFile(join(at('two-faced'), 'result-2.json'), JSON.stringify(other));
    await expect(step('two-faced', 'wu')).rejects.toMatchObject(refusal('CEREMONY_OVER', 'ji signed another outcome'));
    expect(await loadOpenerShare(officerFiles(at('wu')).opener, passphrase)).toMatchObject({ openerSet: 1 });
  });

  it('goes on where a step broke off, and ends where a broadcast was lost', async () => {
    const from = join(at(`attempt-${count}`), 'opener-set.json');
    await startCeremony(at('broken'), { kind: 'refresh', from, officers: names.map(publicOf) });
    for (let i = 0; i < 4; i++) for (const name of names) await step('broken', name);
    // The new share was kept, the signature was not written.
    const kept = await readFile(officerFiles(at('wu')).nextOpener, 'utf8');
    await rm(join(at('broken'), 'result-1.json'));
    expect((await step('broken', 'wu')).step).toBe('sign');
    expect(await readFile(officerFiles(at('wu')).nextOpener, 'utf8')).toBe(kept);
    for (const name of names) expect((await step('broken', name)).step).toBe('done');
    for (const [i, name] of names.entries()) await expectShare(name, i + 1, join(at('broken'), 'opener-set.json'));
    expect((await step('broken', 'ji')).step).toBe('done');

    const again = {
      kind: 'refresh',
      from: join(at('broken'), 'opener-set.json'),
      officers: names.map(publicOf),
    } as const;
    await startCeremony(at('lost'), again);
    for (let i = 0; i < 2; i++) for (const name of names) await step('lost', name);
    await rm(join(at('lost'), 'deal-2.json'));
    await expect(step('lost', 'ji')).rejects.toMatchObject(refusal('CEREMONY_OVER'));
    expect(await loadOpenerShare(officerFiles(at('ji')).opener, passphrase)).toMatchObject({ openerSet: 2 });
  });

  it('refuses an officer who holds another share, or not the one it builds on', async () => {
    const issuer = join(at('issuer'), 'issuer.json');
    const officers = names.map(publicOf);
    await startCeremony(at('second-group'), { kind: 'generate', issuer, officers, threshold: 2 });
    await expect(step('second-group', 'wu')).rejects.toMatchObject(refusal('OPENER_SHARE_PRESENT'));
    const from = join(at('generate'), 'opener-set.json');
    await startCeremony(at('foreign'), { kind: 'refresh', from, officers });
    await expect(step('foreign', 'wu')).rejects.toMatchObject(refusal('OPENER_SHARE_OTHER'));
    await startCeremony(at('stale'), { kind: 'refresh', from, officers: OFFICERS.map(publicOf) });
    await expect(step('stale', 'bing')).rejects.toMatchObject(refusal('OPENER_SHARE_OTHER'));
  });
});

describe('convening', () => {
  it('refuses what does not fit together', async () => {
    const issuer = join(at('issuer'), 'issuer.json');
    const officers = OFFICERS.map(publicOf);
    const from = join(at('generate'), 'opener-set.json');
    const dealers = [1, 2].map((index) => ({ index, officer: publicOf(OFFICERS[index - 1] ?? '') }));
    const wish = { kind: 'generate', issuer, officers, threshold: 2 } as const;
    const reshare = { kind: 'reshare', from, officers, threshold: 2, dealers } as const;
    const refused: [Parameters<typeof startCeremony>[1], string][] = [
      [{ ...wish, threshold: 1 }, 'VALUE_INVALID'],
      [{ ...wish, threshold: 4 }, 'VALUE_INVALID'],
      [{ ...wish, officers: [...officers, publicOf('jia')] }, 'VALUE_INVALID'],
      [{ ...wish, officers: [issuer] }, 'FOLDER_DAMAGED'],
      [{ ...wish, issuer: publicOf('jia') }, 'FOLDER_DAMAGED'],
      [{ ...wish, issuer: at('none') }, 'FOLDER_NOT_FOUND'],
      [{ kind: 'refresh', from, officers: officers.slice(1) }, 'VALUE_INVALID'],
      [{ kind: 'refresh', from: issuer, officers }, 'FOLDER_DAMAGED'],
      [{ ...reshare, dealers: dealers.slice(1) }, 'VALUE_INVALID'],
      [{ ...reshare, dealers: [...dealers, { index: 3, officer: publicOf('bing') }] }, 'VALUE_INVALID'],
      [{ ...reshare, dealers: dealers.map((one) => ({ ...one, index: one.index + 2 })) }, 'VALUE_INVALID'],
    ];
    for (const [asked, code] of refused) {
      await expect(startCeremony(at('refused'), asked)).rejects.toMatchObject(refusal(code));
      expect(await isThere(at('refused'))).toBe(false);
    }
    await expect(startCeremony(at('generate'), wish)).rejects.toMatchObject(refusal('FOLDER_EXISTS'));
  });

  it('takes an officer’s file only as its owner signed it', async () => {
    const file = JSON.parse(await readFile(publicOf('jia'), 'utf8'));
    const other = JSON.parse(await readFile(publicOf('yi'), 'utf8'));
    const path = at('officer-altered.json');
    for (const change of [{ name: 'yi' }, { agreement: other.agreement }, { signing: other.signing }, { more: 1 }]) {
      await writeFile(path, JSON.stringify({ ...file, ...change }));
      expect(() => readOfficer(path)).toThrow(expect.objectContaining(refusal('FOLDER_DAMAGED')));
    }
    await expect(createOfficerFolder(at('jia'), { name: 'jia', passphrase })).rejects.toMatchObject(
      refusal('FOLDER_EXISTS'),
    );
    await expect(createOfficerFolder(at('x'), { name: '', passphrase })).rejects.toMatchObject(
      refusal('VALUE_INVALID'),
    );
    // Another officer's keys under this one's name.
    await copyFile(publicOf('yi'), path);
    expect(readOfficer(path).name).toBe('yi');
  });
});

describe('the bureau', () => {
  it('hands over the shares it made for demonstration, and adopts what their officers make of them', async () => {
    const folder = at('demonstration');
    await createBureauFolder(folder, { clock });
    const files = bureauFiles(folder);
    const holders = ['one', 'two', 'three', 'four', 'five'];
    for (const [i, name] of holders.entries()) {
      const share = await loadOpenerShare(files.opener(i + 1), readPassphrase(files.openerPassphrase(i + 1)));
      await createOfficerFolder(at(name), { name, passphrase, share, cost: GENERATED_PASSPHRASE_COST });
    }
    const dealers = [1, 2, 4].map((index) => ({ index, officer: publicOf(holders[index - 1] ?? '') }));
    const officers = [publicOf('one')];
    const wish = { kind: 'reshare', from: files.group, officers, threshold: 1, dealers } as const;
    await startCeremony(at('handed-over'), wish);
    await hold('handed-over', ['one', 'two', 'four']);
    const outcome = join(at('handed-over'), 'opener-set.json');
    await expectShare('one', 1, outcome);
    expect(await isThere(officerFiles(at('two')).opener)).toBe(false);
    // The fifth officer did not deal: its share is of no use with the new set, and only its holder can erase it.
    expect(await isThere(officerFiles(at('five')).opener)).toBe(true);
    await expect(adoptOpenerSet(at('bureau'), outcome)).rejects.toMatchObject(refusal('OPENER_SET_REFUSED'));
    expect(await adoptOpenerSet(folder, outcome)).toEqual({ openerSet: 2 });
  });

  it('refuses a set that not everybody signed, was altered, or was dealt by people it does not know', async () => {
    const good = JSON.parse(await readFile(bureauFiles(at('bureau')).openerSet(3), 'utf8'));
    const path = at('altered.json');
    const set = Buffer.from(good.openerSet, 'base64');
    set[40] = (set[40] ?? 0) ^ 1;
    const changes = [
      { signatures: good.signatures.slice(1) },
      { signatures: [...good.signatures].reverse() },
      { transcript: '0'.repeat(64) },
      { openerSet: set.toString('base64') },
      { bureau: { ...good.bureau, signature: good.signatures[0] } },
    ];
    for (const change of changes) {
      await writeFile(path, JSON.stringify({ ...good, ...change }));
      await expect(readOpenerSet(path)).rejects.toMatchObject(refusal('OPENER_SET_REFUSED'));
    }
    const first = join(at('generate'), 'opener-set.json');
    await expect(readGeneratedGroup(at('issuer'), path)).rejects.toMatchObject(refusal('OPENER_SET_REFUSED'));
    await makeIssuer(at('issuer-2'));
    await expect(readGeneratedGroup(at('issuer-2'), first)).rejects.toMatchObject(refusal('OPENER_SET_REFUSED'));
    await expect(makeIssuer(at('issuer-2'))).rejects.toMatchObject(refusal('FOLDER_EXISTS'));

    // Ding's key is known as holder 1; somebody with Ding's share and a key of their own deals in Ding's place.
    const share = await loadOpenerShare(officerFiles(at('ding')).opener, passphrase);
    await createOfficerFolder(at('thief'), { name: 'ding', passphrase, share, cost: GENERATED_PASSPHRASE_COST });
    const from = bureauFiles(at('bureau')).openerSet(3);
    await startCeremony(at('stolen'), { kind: 'refresh', from, officers: ['thief', 'bing'].map(publicOf) });
    await hold('stolen', ['thief', 'bing']);
    const stolen = join(at('stolen'), 'opener-set.json');
    await expect(adoptOpenerSet(at('bureau'), stolen)).rejects.toMatchObject(refusal('OPENER_SET_REFUSED', 'ding'));
  });
});
