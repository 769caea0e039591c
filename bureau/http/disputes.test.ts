/**
 * Openings: by the bureau's endpoints, and by files that travel by hand.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CaseFile, OpeningOrder, ProofFile } from '../../contract/dispute.ts';
import { hex, wipe } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import { nextOpenerSet } from '../../crypto/groupsig/ceremony/finish-ceremony.ts';
import { decodeOpenerSet } from '../../crypto/groupsig/opener-set.ts';
import { playCeremony, sampleCeremony } from '../../crypto/groupsig/testing/ceremony-run.ts';
import { bureauFiles, GroupFile, readJson } from '../../main/app/bureau-files.ts';
import { createBureauFolder } from '../../main/app/bureau-folder.ts';
import {
  combineCase,
  disputedOf,
  judgeCase,
  makeShare,
  openCase,
  readCertificate,
  showCase,
  writeNew,
} from '../../main/app/dispute-files.ts';
import { loadOpenerShare, sealOpenerShare } from '../../main/app/officers/opener-file.ts';
import { GENERATED_PASSPHRASE_COST, readPassphrase } from '../../main/app/officers/sealed-secret.ts';
import { checkCase, judgeProof, shareFor } from '../../main/station/dispute-desk.ts';
import { type Cast, makeCast, signOn, visitOf } from '../testing/journeys.ts';
import { base64, prescription, record, sealed } from '../testing/messages.ts';
import { createWorld, folderOf, makeDoctor, makeStaff, signal, type World } from '../testing/world.ts';

let world: World;
let cast: Cast;
let dir: string;
let officer: string;
let certificates: { bureauCa: string; professionalCa: string };

beforeAll(async () => {
  world = await createWorld();
  cast = await makeCast(world);
  dir = await mkdtemp(join(tmpdir(), 'imis-dispute-'));
  const staff = await makeStaff(world, cast.operators.clerk, '9900000001', 'officer');
  officer = await signOn(world, world.posts.bureau, staff);
  const files = bureauFiles(folderOf(world));
  certificates = {
    bureauCa: join(files.keys, 'bureau-ca.cert.pem'),
    professionalCa: join(files.authorities, 'professional-ca.cert.pem'),
  };
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
  await world.close();
});

let visit: Awaited<ReturnType<typeof visitOf>>;
/** A record the bureau has accepted; its id. */
async function acceptedRecord(): Promise<string> {
  visit ??= await visitOf(world, cast);
  const message = sealed(world, await record(world, cast.doctor, visit));
  return (await world.posts.clinic.client.record({ presence: visit.presence, body: { message } }, signal)).id;
}

const showOrder = async (caseId: string): Promise<OpeningOrder> => {
  const { order } = await showCase(folderOf(world), caseId, world.clock);
  return OpeningOrder.parse(
    JSON.parse(Buffer.from(parseSignedMessage(new Uint8Array(Buffer.from(order, 'base64'))).content).toString('utf8')),
  );
};

/** The officers refresh their shares; the bureau goes by the new set. Answers its version. */
async function refreshOpeners(folder: string): Promise<number> {
  const { backend, key } = world.group;
  const files = bureauFiles(folder);
  const group = readJson(files.group, GroupFile);
  const previous = decodeOpenerSet(backend, key, new Uint8Array(Buffer.from(group.openerSet, 'base64')));
  const old = await Promise.all(
    [1, 2, 3, 4, 5].map((index) => loadOpenerShare(files.opener(index), readPassphrase(files.openerPassphrase(index)))),
  );
  const ceremony = sampleCeremony(backend, { kind: 'refresh', n: 5, t: 3, previous, rng: secureRng });
  const { outcome, shares } = playCeremony(ceremony, { old, rng: secureRng });
  const set = nextOpenerSet(ceremony, key, outcome);
  for (const share of shares) {
    const own = { ...share, group: hex(key.pkh), openerSet: set.version };
    const sealedShare = await sealOpenerShare(
      own,
      readPassphrase(files.openerPassphrase(share.index)),
      GENERATED_PASSPHRASE_COST,
    );
    await writeFile(files.opener(share.index), JSON.stringify(sealedShare));
  }
  await writeFile(files.group, JSON.stringify({ ...group, openerSet: base64(set.encoded) }));
  return set.version;
}

const bureau = () => world.posts.bureau.client;
const anchors = async () => ({
  backend: world.group.backend,
  bureauCa: readCertificate(certificates.bureauCa),
  professionalCa: readCertificate(certificates.professionalCa),
});
const openers = () => bureauFiles(folderOf(world));
async function sealedShare(file: CaseFile, index: number): Promise<string> {
  const own = await loadOpenerShare(openers().opener(index), readPassphrase(openers().openerPassphrase(index)));
  const checked = await checkCase(file, await anchors(), signal);
  const bytes = shareFor(checked, own, world.group.backend);
  wipe(own.kappa);
  return base64(bytes);
}
const give = (caseId: string, sealedBytes: string) =>
  bureau().disputeShare({ operator: officer, params: { caseId }, body: { sealed: sealedBytes } }, signal);
const opened = (caseId: string, messageId: string) =>
  bureau().openDispute({ operator: officer, body: { caseId, reason: 'a complaint', messageId } }, signal);

describe('an opening at the bureau', () => {
  it('names the doctor once three of five officers have given their shares, and every step is in the log', async () => {
    const id = await acceptedRecord();
    const file = await opened('2026-17', id);
    const params = { caseId: '2026-17' };
    const proofOf = () => bureau().disputeProof({ operator: officer, params }, signal);
    await expect(proofOf()).rejects.toMatchObject({ code: 'CASE_NOT_READY' });
    for (const index of [4, 2]) await give('2026-17', await sealedShare(file, index));
    await expect(proofOf()).rejects.toMatchObject({ code: 'CASE_NOT_READY' });
    expect(await give('2026-17', await sealedShare(file, 5))).toMatchObject({ shares: [2, 4, 5], needed: 3 });
    expect(await bureau().dispute({ operator: officer, params }, signal)).toMatchObject({ shares: [2, 4, 5] });
    const proof = await proofOf();
    expect(await judgeProof(proof, await anchors(), signal)).toEqual({
      blame: 'doctor',
      doctorId: cast.doctor.doctorId,
      name: '林醫師',
      caseId: '2026-17',
    });
    const { lines } = await bureau().openingLog({ operator: officer }, signal);
    expect(lines.filter(({ caseId }) => caseId === '2026-17').map(({ step, opener }) => [step, opener])).toEqual([
      ['ordered', null],
      ['share', 4],
      ['share', 2],
      ['share', 5],
      ['combined', null],
    ]);
    expect(lines[0]).toMatchObject({ messageId: id, hash: hex(h256(Buffer.from(file.order, 'base64'))) });
    // No medical record travels with a case.
    const row = await world.store.message(id, signal);
    const content = parseSignedMessage(new Uint8Array(row?.signed ?? [])).content;
    expect(JSON.stringify(proof)).not.toContain(base64(content).slice(0, 60));
  });

  it('is refused to anybody but an officer, for what nobody signed, twice, and under a second order', async () => {
    const id = await acceptedRecord();
    const body = { caseId: 'a', reason: 'r', messageId: id };
    const asClerk = bureau().openDispute({ operator: cast.operators.clerk, body }, signal);
    await expect(asClerk).rejects.toMatchObject({ code: 'OPERATOR_NOT_ALLOWED' });
    await expect(bureau().openDispute({ body }, signal)).rejects.toMatchObject({ code: 'OPERATOR_REQUIRED' });
    await expect(opened('b', 'ab'.repeat(32))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(opened('../b', id)).rejects.toMatchObject({ code: 'REQUEST_MALFORMED' });
    const before = (await bureau().openingLog({ operator: officer }, signal)).lines.length;
    await opened('c', id);
    await expect(opened('c', await acceptedRecord())).rejects.toMatchObject({ code: 'CASE_EXISTS' });
    await expect(opened('d', id)).rejects.toMatchObject({ code: 'CASE_CONFLICT' });
    expect((await bureau().openingLog({ operator: officer }, signal)).lines).toHaveLength(before + 1);
    const unknown = bureau().dispute({ operator: officer, params: { caseId: 'none' } }, signal);
    await expect(unknown).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('opens a document somebody presents, after verifying it, also when the issuer varied its answers', async () => {
    visit ??= await visitOf(world, cast);
    const rx = await prescription(world, cast.doctor, visit);
    const body = { caseId: 'presented', reason: 'r', signed: base64(rx.manifest) };
    const file = await bureau().openDispute({ operator: officer, body }, signal);
    for (const index of [1, 2, 3]) await give('presented', await sealedShare(file, index));
    const proof = await bureau().disputeProof({ operator: officer, params: { caseId: 'presented' } }, signal);
    expect(await judgeProof(proof, await anchors(), signal)).toMatchObject({ doctorId: cast.doctor.doctorId });

    const { signature } = parseSignedMessage(rx.manifest);
    const altered = Buffer.from(rx.manifest);
    const at = altered.indexOf(signature) + 399;
    altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
    const forged = { caseId: 'forged', reason: 'r', signed: altered.toString('base64') };
    await expect(bureau().openDispute({ operator: officer, body: forged }, signal)).rejects.toMatchObject({
      code: 'SIGNATURE_INVALID',
    });
    const designation = { caseId: 'other', reason: 'r', signed: base64(rx.designation) };
    await expect(bureau().openDispute({ operator: officer, body: designation }, signal)).rejects.toMatchObject({
      code: 'CONTEXT_MISMATCH',
    });
    const noise = { caseId: 'noise', reason: 'r', signed: base64(new Uint8Array(64)) };
    await expect(bureau().openDispute({ operator: officer, body: noise }, signal)).rejects.toMatchObject({
      code: expect.stringMatching(/^ENVELOPE|MESSAGE|MALFORMED/u),
    });
  });

  it('refuses a share that is wrong, for another case, twice, or not sealed to it', async () => {
    const [one, two] = [await opened('one', await acceptedRecord()), await opened('two', await acceptedRecord())];
    await expect(give('one', await sealedShare(two, 1))).rejects.toMatchObject({ code: 'SHARE_INVALID' });
    await give('one', await sealedShare(one, 1));
    await expect(give('one', await sealedShare(one, 1))).rejects.toMatchObject({ code: 'SHARE_INDEX_REPEATED' });
    const damaged = Buffer.from(await sealedShare(one, 2), 'base64');
    damaged.writeUInt8(damaged.readUInt8(damaged.length - 1) ^ 1, damaged.length - 1);
    await expect(give('one', damaged.toString('base64'))).rejects.toMatchObject({
      code: expect.stringMatching(/^ENVELOPE|MESSAGE/u),
    });
    expect(await bureau().dispute({ operator: officer, params: { caseId: 'one' } }, signal)).toMatchObject({
      shares: [1],
    });
  });

  it('has a log that nothing shortens or changes by mistake, REPLACE included', () => {
    const database = new Database(bureauFiles(folderOf(world)).database);
    for (const change of [
      'delete from opening_log',
      "update opening_log set case_id = 'x'",
      'delete from epoch',
      'delete from opening_share',
      'delete from member_log',
    ]) {
      expect(() => database.exec(change)).toThrow('append-only');
    }
    const before = database.prepare('select * from opening_log where position = 1').get();
    database.exec(
      "insert or replace into opening_log select version, type, institution, key_id, 1, 'x', message_id, step, opener, hash, by, at from opening_log where position = 1",
    );
    expect(database.prepare('select * from opening_log where position = 1').get()).toEqual(before);
    database.close();
  });
});

describe('an opening by hand', () => {
  const path = (name: string): string => join(dir, name);
  const share = (caseFile: string, index: number) =>
    makeShare({
      caseFile: path(caseFile),
      openerFile: openers().opener(index),
      passphrase: readPassphrase(openers().openerPassphrase(index)),
      bureauCa: certificates.bureauCa,
    });
  const start = async (caseId: string, file: string) => {
    const asked = { caseId, reason: '申訴', disputed: disputedOf(await acceptedRecord(), undefined) };
    writeNew(path(file), await openCase(folderOf(world), asked, world.clock));
  };

  it('goes from file to file and ends in a proof that anybody checks', async () => {
    await start('H-1', 'case.json');
    for (const index of [1, 3, 5]) {
      const made = await share('case.json', index);
      expect(made).toMatchObject({ index, reason: '申訴' });
      writeNew(path(`share-${index}.json`), made.share);
    }
    const files = [1, 3, 5].map((index) => path(`share-${index}.json`));
    writeNew(path('proof.json'), await combineCase(folderOf(world), 'H-1', files, world.clock));
    const judged = await judgeCase({ proofFile: path('proof.json'), ...certificates });
    expect(judged).toMatchObject({ blame: 'doctor', doctorId: cast.doctor.doctorId, caseId: 'H-1' });
    expect(() => writeNew(path('proof.json'), {})).toThrow(expect.objectContaining({ code: 'FOLDER_EXISTS' }));
    // Combining again gives the same, signed anew; who asked is written down again.
    const { register: _signed, ...again } = await combineCase(folderOf(world), 'H-1', [], world.clock);
    expect(readJson(path('proof.json'), ProofFile)).toMatchObject(again);
    expect(await showCase(folderOf(world), 'H-1', world.clock)).toEqual(readJson(path('case.json'), CaseFile));
  });

  it('blames the issuer for a member who never joined, and for a record that does not fit', async () => {
    const proof = readJson(path('proof.json'), ProofFile);
    const all = await anchors();
    const judged = (change: Partial<ProofFile>) => judgeProof({ ...proof, ...change }, all, signal);
    // Whoever takes the record out, or swaps it, blames nobody: the bureau has signed what its register says.
    await expect(judged({ record: null })).rejects.toMatchObject({ code: 'PROOF_INVALID' });
    await expect(judged({ register: proof.case.order })).rejects.toMatchObject({ code: 'PROOF_INVALID' });
    await expect(judged({ register: base64(new Uint8Array(9)) })).rejects.toMatchObject({ code: 'PROOF_INVALID' });
    const other = await makeDoctor(world, await signOn(world, world.posts.bureau, world.clerk));
    const member = await world.store.member(hex(other.Q), signal);
    if (proof.record === null || member === undefined) throw new Error('no record');
    const J = base64(new Uint8Array(member.join_string));
    const certificate = base64(new Uint8Array(member.certificate));
    for (const change of [{ J }, { certificate }])
      await expect(judged({ record: { ...proof.record, ...change } })).rejects.toMatchObject({ code: 'PROOF_INVALID' });
    // A bureau whose register has nobody with this Q, or something else, says so under its own signature.
    const database = new Database(bureauFiles(folderOf(world)).database);
    const asRegistered = async () =>
      judgeProof(await combineCase(folderOf(world), 'H-1', [], world.clock), all, signal);
    const q = hex(cast.doctor.Q);
    const kept = await world.store.member(q, signal);
    database.exec(
      `update group_member set certificate = (select certificate from group_member where q = '${hex(other.Q)}') where q = '${q}'`,
    );
    expect(await asRegistered()).toMatchObject({ blame: 'issuer', reason: 'RECORD_INVALID' });
    database.exec(`update group_member set q = 'gone' where q = '${q}'`);
    expect(await asRegistered()).toMatchObject({ blame: 'issuer', reason: 'NO_RECORD' });
    database.exec(`update group_member set q = '${q}' where q = 'gone'`);
    database.prepare('update group_member set certificate = ? where q = ?').run(kept?.certificate, q);
    database.close();
    const [first = '', second = ''] = proof.shares;
    await expect(judged({ shares: [first, second] })).rejects.toMatchObject({ code: 'SHARE_COUNT' });
    await expect(judged({ shares: [first, second, second] })).rejects.toMatchObject({ code: 'SHARE_INDEX_REPEATED' });
    const swapped = await judgeCase({
      proofFile: path('proof.json'),
      bureauCa: certificates.bureauCa,
      professionalCa: certificates.bureauCa,
    });
    expect(swapped).toMatchObject({ blame: 'issuer', reason: 'RECORD_INVALID' });
  });

  it('an officer gives nothing for an order that is not the bureau’s, or altered in any field', async () => {
    await start('H-2', 'case-2.json');
    const file = readJson(path('case-2.json'), CaseFile);
    const other = readJson(path('case.json'), CaseFile);
    const flip = (text: string, at: number): string => {
      const bytes = Buffer.from(text, 'base64');
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      return bytes.toString('base64');
    };
    const wrong: unknown[] = [
      {},
      { ...file, order: other.order },
      { ...file, ctx: other.ctx, messageHash: other.messageHash, signature: other.signature },
      { ...file, order: flip(file.order, 200) },
      { ...file, ctx: flip(file.ctx, 60) },
      { ...file, messageHash: 'ab'.repeat(32) },
      { ...file, signature: flip(file.signature, 399) },
      { ...file, epochHead: flip(file.epochHead, 36) },
      { ...file, groupKey: flip(file.groupKey, 150) },
      { ...file, openerSet: flip(file.openerSet, 50) },
      { ...file, combinerCertificate: file.groupCertificate },
      { ...file, groupCertificate: file.combinerCertificate },
    ];
    for (const [i, one] of wrong.entries()) {
      await writeFile(path(`wrong-${i}.json`), JSON.stringify(one));
      await expect(share(`wrong-${i}.json`, 1), `wrong ${i}`).rejects.toMatchObject({
        code: expect.stringMatching(/^(ORDER_INVALID|SIGNATURE_INVALID)$/u),
      });
    }
    const foreign = join(dir, 'foreign');
    await createBureauFolder(foreign, { clock: world.clock, institution: '9900000002' });
    const stranger = makeShare({
      caseFile: path('case-2.json'),
      openerFile: openers().opener(1),
      passphrase: readPassphrase(openers().openerPassphrase(1)),
      bureauCa: join(bureauFiles(foreign).keys, 'bureau-ca.cert.pem'),
    });
    await expect(stranger).rejects.toMatchObject({ code: 'ORDER_INVALID' });
    const otherGroup = makeShare({
      caseFile: path('case-2.json'),
      openerFile: bureauFiles(foreign).opener(1),
      passphrase: readPassphrase(bureauFiles(foreign).openerPassphrase(1)),
      bureauCa: certificates.bureauCa,
    });
    await expect(otherGroup).rejects.toMatchObject({ code: 'SHARE_KEY_MISMATCH' });
  });

  it('an officer opens a signature under one order only', async () => {
    await share('case-2.json', 2);
    await share('case-2.json', 2);
    const ledger = openers().opener(2).replace('.json', '.opened.json');
    const text = await readFile(ledger, 'utf8');
    const entry = (JSON.parse(text) as { opened: { orderHash: string }[] }).opened.at(-1)?.orderHash ?? '';
    await writeFile(ledger, text.replace(entry, 'ab'.repeat(32)));
    await expect(share('case-2.json', 2)).rejects.toMatchObject({ code: 'CASE_CONFLICT' });
    await writeFile(ledger, '{}');
    await expect(share('case-2.json', 2)).rejects.toMatchObject({ code: 'FOLDER_DAMAGED' });
    await writeFile(ledger, text);
  });

  it('a case is ordered anew after the openers have changed, and only then', async () => {
    await start('H-3', 'case-3.json');
    const disputed = { messageId: (await showOrder('H-3')).messageId };
    const again = () => openCase(folderOf(world), { caseId: 'H-3', reason: '申訴', disputed }, world.clock);
    await expect(again()).rejects.toMatchObject({ code: 'CASE_EXISTS' });
    // One officer had given a share before the change.
    const first = await share('case-3.json', 4);
    const changed = await refreshOpeners(folderOf(world));
    const elsewhere = { caseId: 'H-4', reason: '申訴', disputed };
    await expect(openCase(folderOf(world), elsewhere, world.clock)).rejects.toMatchObject({ code: 'CASE_CONFLICT' });
    writeNew(path('case-3b.json'), await again());
    expect((await showOrder('H-3')).supersedes).toBe(
      hex(h256(Buffer.from(readJson(path('case-3.json'), CaseFile).order, 'base64'))),
    );
    await expect(again()).rejects.toMatchObject({ code: 'CASE_EXISTS' });
    writeNew(path('share-3-old.json'), first.share);
    await expect(combineCase(folderOf(world), 'H-3', [path('share-3-old.json')], world.clock)).rejects.toMatchObject({
      code: 'SHARE_INVALID',
    });
    for (const index of [4, 1, 2]) writeNew(path(`share-3b-${index}.json`), (await share('case-3b.json', index)).share);
    const files = [4, 1, 2].map((index) => path(`share-3b-${index}.json`));
    writeNew(path('proof-3.json'), await combineCase(folderOf(world), 'H-3', files, world.clock));
    expect(await judgeCase({ proofFile: path('proof-3.json'), ...certificates })).toMatchObject({ blame: 'doctor' });
    expect(changed).toBe(2);
  });
});
