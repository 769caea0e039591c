/**
 * Renewal of a desk's certificate for cards: in time, never what was not asked for, and no fault without a line.
 * @module
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ImisError } from '../../contract/errors.ts';
import { fromHex } from '../../crypto/common/bytes.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { type CardCertificateContents, issueCardCertificate } from '../../crypto/pki/card-certificate.ts';
import { createSoftwareCertificateSigner } from '../../crypto/pki/certificate-signer.ts';
import { generateP256, type P256KeyPair } from '../../crypto/pki/key-store.ts';
import { DAY, NOW, signal } from '../../crypto/pki/pki.fixture.ts';
import { p256Point } from '../../crypto/pki/public-key.ts';
import { type CardChannelPorts, keepCardChannel, renewCardChannel } from './card-channel.ts';

const TERMINAL = {
  id: '11'.repeat(16),
  institution: '0401180014',
  institutionName: '教學醫院',
  keyId: '00'.repeat(32),
};
const point = ({ spki }: P256KeyPair): Uint8Array => p256Point(spki) ?? expect.fail();

let authority: P256KeyPair;
let own: P256KeyPair;
let now: number;
let stored: Uint8Array;
let asked: string[];
let answer: () => Promise<Uint8Array>;

const issue = (changes: Partial<CardCertificateContents> = {}, by: P256KeyPair = authority): Promise<Uint8Array> =>
  issueCardCertificate(
    {
      authority: 'TWIMISCVCA00001',
      holder: fromHex(TERMINAL.id),
      point: point(own),
      role: { kind: 'terminal', role: 'clinic', institution: TERMINAL.institution },
      notBefore: now,
      notAfter: now + 30 * DAY,
      ...changes,
    },
    createSoftwareCertificateSigner(by.privateKey),
    signal,
  );

const ports = (): CardChannelPorts => ({
  terminal: TERMINAL,
  clock: { now: () => now },
  // The one route that is used; the rest of the client is never called.
  bureau: {
    terminalCardCertificate: async ({ body }: { body: { key: string } }) => {
      asked.push(body.key);
      return { certificate: toBase64(await answer()) };
    },
  } as unknown as CardChannelPorts['bureau'],
  channel: {
    spki: own.spki,
    authority: point(authority),
    read: () => stored,
    replace: (certificate) => {
      stored = certificate;
    },
  },
});

beforeAll(async () => {
  [authority, own] = [await generateP256(), await generateP256()];
});
beforeEach(async () => {
  now = NOW;
  asked = [];
  answer = () => issue();
  stored = await issue();
});

describe('a desk’s certificate for cards', () => {
  it('is left alone in the first half of its life and renewed in the second', async () => {
    now = NOW + 14 * DAY;
    expect(await renewCardChannel(ports(), signal)).toBe(false);
    now = NOW + 16 * DAY;
    expect(await renewCardChannel(ports(), signal)).toBe(true);
    expect(asked).toEqual([toBase64(own.spki)]);
    expect(await renewCardChannel(ports(), signal)).toBe(false);
    // Also when it ended long ago: TLS decides who is a terminal, not this.
    now += 400 * DAY;
    expect(await renewCardChannel(ports(), signal)).toBe(true);
  });

  it('is not replaced by one for another key, terminal, institution, kind or time, or of another authority', async () => {
    now = NOW + 20 * DAY;
    const before = stored;
    const other = await generateP256();
    for (const wrong of [
      () => issue({ point: point(other) }),
      () => issue({ holder: new Uint8Array(16) }),
      () => issue({ role: { kind: 'terminal', role: 'clinic', institution: '0602030026' } }),
      () => issue({ role: { kind: 'card', card: 'staff' } }),
      () => issue({ notAfter: now - 2 * DAY, notBefore: now - 9 * DAY }),
      () => issue({}, other),
    ]) {
      answer = wrong;
      await expect(renewCardChannel(ports(), signal)).rejects.toMatchObject({ code: 'BUREAU_ANSWER_INVALID' });
    }
    answer = async () => new Uint8Array(9);
    await expect(renewCardChannel(ports(), signal)).rejects.toMatchObject({ code: 'CERT_MALFORMED' });
    expect(stored).toBe(before);
  });

  it('is looked after while the desk runs; a bureau that is away is asked again', async () => {
    now = NOW + 20 * DAY;
    const before = stored;
    const logged: unknown[] = [];
    const jobs: (() => void)[] = [];
    const looked = (): Promise<void> => expect.poll(() => jobs.length).toBeGreaterThan(0);
    answer = () => Promise.reject(new ImisError('BUREAU_UNREACHABLE', 'no line'));
    const end = keepCardChannel({
      ...ports(),
      log: (_event, cause) => logged.push(cause),
      later: (_ms, work) => {
        jobs.push(work);
        return () => jobs.splice(0);
      },
    });
    await looked();
    expect(logged).toMatchObject([{ code: 'BUREAU_UNREACHABLE' }]);
    expect(stored).toBe(before);
    answer = () => issue();
    jobs.shift()?.();
    await looked();
    expect(stored).not.toBe(before);
    end();
    expect(jobs).toEqual([]);
  });
});
