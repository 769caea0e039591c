import { writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GroupIssuer } from '../../bureau/domain/epochs.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { decodeGroupKey } from '../../crypto/groupsig/group-key.ts';
import { issueCredential } from '../../crypto/groupsig/issuer.ts';
import { type GroupCeremony, makeGroup } from './group-ceremony.ts';
import { startIssuer } from './start-issuer.ts';

const signal = new AbortController().signal;
const attributes = { epoch: { day: 20_000, seq: 0 }, classNumber: 1 };
let dir: string;
let group: GroupCeremony;
/** Any point but the neutral one will do for a member's key. */
let Q: Uint8Array;
let expected: Uint8Array;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'imis-issuer-'));
  group = await makeGroup();
  const backend = await createMclBackend();
  Q = backend.encodeG1(backend.generators.G);
  const groupKey = decodeGroupKey(backend, group.groupKey);
  expected = issueCredential(backend, { secret: group.issuerSecret, groupKey, ...attributes, Q });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const issue = async (issuer: GroupIssuer, now = signal): Promise<Uint8Array> =>
  (await issuer.issue({ Q, ...attributes }, now)).issued;

describe('the issuing worker', () => {
  it('issues, the same each time', async () => {
    const secretFile = join(dir, 'good');
    await writeFile(secretFile, group.issuerSecret);
    const issuer = startIssuer({ groupKey: group.groupKey, secretFile });
    const issued = await Promise.all([issue(issuer), issue(issuer)]);
    expect(issued).toEqual([expected, expected]);
    await issuer.close();
  });

  it('refuses by code what the secret in its file cannot do', async () => {
    const secretFile = join(dir, 'short');
    await writeFile(secretFile, group.issuerSecret.subarray(1));
    const issuer = startIssuer({ groupKey: group.groupKey, secretFile });
    await expect(issue(issuer)).rejects.toMatchObject({ code: 'ISSUER_SECRET_INVALID' });
    await issuer.close();
  });

  it('starts anew after a crash, and the end of the old worker takes nothing from the new one', async () => {
    const secretFile = join(dir, 'absent');
    const issuer = startIssuer({ groupKey: group.groupKey, secretFile });
    const others = Promise.allSettled([issue(issuer), issue(issuer)]);
    // At once, before the old worker has come to its end.
    const again = issue(issuer).catch((refused: unknown) => {
      expect(refused).toMatchObject({ code: 'INTERNAL', message: 'the issuing worker ended' });
      writeFileSync(secretFile, group.issuerSecret);
      return issue(issuer);
    });
    expect(await again).toEqual(expected);
    for (const one of await others) expect(one).toMatchObject({ status: 'rejected', reason: { code: 'INTERNAL' } });
    await issuer.close();
  });

  it('lets go of whoever cancels, at once, and drops the answer', async () => {
    const secretFile = join(dir, 'good');
    await writeFile(secretFile, group.issuerSecret);
    const issuer = startIssuer({ groupKey: group.groupKey, secretFile });
    const stop = new AbortController();
    const order: string[] = [];
    const cancelled = issue(issuer, stop.signal).finally(() => order.push('cancelled'));
    const refused = expect(cancelled).rejects.toThrow('the bureau closes');
    const other = issue(issuer).finally(() => order.push('issued'));
    stop.abort(new Error('the bureau closes'));
    await refused;
    expect(await other).toEqual(expected);
    expect(order).toEqual(['cancelled', 'issued']);
    await expect(issue(issuer, stop.signal)).rejects.toThrow('the bureau closes');
    await issuer.close();
  });

  it('rejects what is under way when it is closed', async () => {
    const issuer = startIssuer({ groupKey: group.groupKey, secretFile: join(dir, 'good') });
    const refused = expect(issue(issuer)).rejects.toMatchObject({ code: 'INTERNAL' });
    await issuer.close();
    await refused;
  });
});
