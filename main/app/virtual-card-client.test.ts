import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startVirtualCardStandIn, type VirtualCardStandIn } from '../../test/harness/virtual-card-stand-in.ts';
import { KioskFile } from './kiosk-file.ts';
import { createVirtualCardClient, isLoopbackUrl, type VirtualCardClient } from './virtual-card-client.ts';

const QR = 'STAND-IN-0123456789abcdef';
const OTHER = 'STAND-IN-fedcba9876543210';
const textOf = (name: string, mark = '1'): string =>
  `000012345678${name}A1234567890730517M1091109${mark}0912345678    `;
const WANG = textOf('王小明'.padEnd(17, ' '));
const CHEN = textOf('陳美玲'.padEnd(17, ' '));
const never = new AbortController().signal;

const codeOf = (reading: Promise<unknown>): Promise<unknown> =>
  reading.then(
    () => 'read',
    (cause: unknown) => (cause instanceof Error && 'code' in cause ? cause.code : cause),
  );

describe('the client of the component for virtual cards', () => {
  let component: VirtualCardStandIn;
  let client: VirtualCardClient;
  beforeEach(async () => {
    component = await startVirtualCardStandIn();
    client = createVirtualCardClient({ url: component.url });
    component.offer(QR, WANG);
  });
  afterEach(async () => {
    await client.close();
    await component.close();
  });

  it('gives the QR code, then asks for the basic data', async () => {
    expect(await client.read(QR, never)).toEqual({
      cardNumber: '000012345678',
      name: '王小明',
      nameCut: false,
      idNumber: 'A123456789',
      birthDate: '1984-05-17',
      sex: 'male',
      issued: '2020-11-09',
    });
    expect(component.calls).toEqual([
      { path: '/QRCodeReader/uploadqrcode', body: JSON.stringify({ QRCodeString: QR }) },
      { path: '/VHC/VHChisGetBasicData', body: '{}' },
    ]);
  });

  it.each([
    ['ERRORCODE', false],
    ['ERRORCODE', true],
    ['errorCode', false],
    ['statusCode', true],
  ] as const)('takes the number as %s, as text: %s', async (name, asText) => {
    component.style(name, asText);
    expect((await client.read(QR, never)).name).toBe('王小明');
    expect(await codeOf(client.read(QR, never))).toBe('VIRTUAL_CARD_REUSED');
  });

  it.each([5010, 5174])('goes on with %d, as hospitals do', async (number) => {
    component.offer(OTHER, CHEN, number);
    expect((await client.read(OTHER, never)).name).toBe('陳美玲');
  });

  it.each([
    [1018, 'VIRTUAL_CARD_EXPIRED'],
    [1019, 'VIRTUAL_CARD_INVALID'],
    [1020, 'VIRTUAL_CARD_REUSED'],
    [1021, 'VIRTUAL_CARD_EXPIRED'],
    [1042, 'VIRTUAL_CARD_NOT_OFFERED'],
    [1099, 'VIRTUAL_CARD_UNAVAILABLE'],
    [1520, 'VIRTUAL_CARD_INVALID'],
    [1521, 'VIRTUAL_CARD_EXPIRED'],
    [1525, 'VIRTUAL_CARD_REUSED'],
    [1531, 'VIRTUAL_CARD_INVALID'],
    [5010, 'VIRTUAL_CARD_UNAVAILABLE'],
    [31, 'VIRTUAL_CARD_UNAVAILABLE'],
  ])('%d at the upload is %s, and no data are asked for', async (number, code) => {
    component.refuse(OTHER, number);
    expect(await codeOf(client.read(OTHER, never))).toBe(code);
    expect(component.calls.map(({ path }) => path)).toEqual(['/QRCodeReader/uploadqrcode']);
  });

  it.each([
    [1524, 'VIRTUAL_CARD_EXPIRED'],
    [1004, 'VIRTUAL_CARD_UNAVAILABLE'],
    [5002, 'NHI_CARD_CANCELLED'],
    [5012, 'INSURANCE_UNPAID'],
  ])('%d at the basic data is %s', async (number, code) => {
    component.offer(OTHER, CHEN, number);
    expect(await codeOf(client.read(OTHER, never))).toBe(code);
  });

  it('refuses a card that stands cancelled', async () => {
    component.offer(OTHER, textOf('王小明'.padEnd(17, ' '), '2'));
    expect(await codeOf(client.read(OTHER, never))).toBe('NHI_CARD_CANCELLED');
  });

  it.each([
    ['no JSON', '<html></html>'],
    ['nothing', ''],
    ['null', 'null'],
    ['an array', '[0]'],
    ['a text', '"0"'],
    ['no number', '{}'],
    ['a number that is none', '{"ERRORCODE":"zero"}'],
    ['a broken number', '{"ERRORCODE":0.5}'],
    ['a number of null', '{"ERRORCODE":null}'],
  ])('refuses %s from either call', async (_what, body) => {
    for (const path of ['upload', 'basic-data'] as const) {
      component.offer(OTHER, CHEN);
      component.fault(path, { kind: 'answer', body });
      expect(await codeOf(client.read(OTHER, never))).toBe('VIRTUAL_CARD_ANSWER_INVALID');
    }
  });

  it.each([
    ['no buffer', '{"ERRORCODE":0}'],
    ['a buffer that is no text', '{"ERRORCODE":0,"pBuffer":[1,2]}'],
    ['an empty buffer', '{"ERRORCODE":0,"pBuffer":""}'],
    ['a buffer of blanks', JSON.stringify({ ERRORCODE: 0, pBuffer: ' '.repeat(72) })],
    ['a buffer a byte short', JSON.stringify({ ERRORCODE: 0, pBuffer: WANG.slice(1) })],
  ])('refuses basic data with %s', async (_what, body) => {
    component.fault('basic-data', { kind: 'answer', body });
    expect(await codeOf(client.read(QR, never))).toBe('VIRTUAL_CARD_ANSWER_INVALID');
  });

  it('does not follow a redirection', async () => {
    const elsewhere: string[] = [];
    const other = createServer((request, response) => {
      elsewhere.push(request.url ?? '');
      response.end('{"ERRORCODE":0}');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo; // A server on a TCP port.
    for (const status of [301, 302, 307, 308]) {
      component.fault('upload', {
        kind: 'answer',
        status,
        headers: { location: `http://127.0.0.1:${port}/` },
        body: '',
      });
      expect(await codeOf(client.read(QR, never))).toBe('VIRTUAL_CARD_ANSWER_INVALID');
    }
    expect(elsewhere).toEqual([]);
    await new Promise((resolve) => other.close(resolve));
  });

  it('refuses another status, whatever the body says', async () => {
    for (const status of [204, 400, 404, 500]) {
      component.fault('upload', { kind: 'answer', status, body: status === 204 ? '' : '{"ERRORCODE":0}' });
      expect(await codeOf(client.read(QR, never))).toBe('VIRTUAL_CARD_ANSWER_INVALID');
    }
  });

  it('stops reading an answer that is too long', async () => {
    component.fault('upload', { kind: 'answer', body: `{"ERRORCODE":0,"x":"${'x'.repeat(5_000_000)}"}` });
    expect(await codeOf(client.read(QR, never))).toBe('VIRTUAL_CARD_ANSWER_INVALID');
  });

  it('does not wait for ever, and goes on afterwards', async () => {
    const impatient = createVirtualCardClient({ url: component.url, timeout: 50 });
    for (const path of ['upload', 'basic-data'] as const) {
      component.offer(OTHER, CHEN);
      component.fault(path, { kind: 'hang' });
      expect(await codeOf(impatient.read(OTHER, never))).toBe('VIRTUAL_CARD_UNAVAILABLE');
    }
    await impatient.close();
    component.fault('upload', { kind: 'hang-up' });
    expect(await codeOf(client.read(QR, never))).toBe('VIRTUAL_CARD_UNAVAILABLE');
    expect((await client.read(QR, never)).name).toBe('王小明');
  });

  it('can be cancelled, before and while it waits', async () => {
    expect(await codeOf(client.read(QR, AbortSignal.abort()))).toBe('CANCELLED');
    expect(component.calls).toEqual([]);
    const stop = new AbortController();
    component.fault('upload', { kind: 'hang' });
    const reading = codeOf(client.read(QR, stop.signal));
    while (component.calls.length === 0) await new Promise(setImmediate);
    stop.abort();
    expect(await reading).toBe('CANCELLED');
    expect((await client.read(QR, never)).name).toBe('王小明');
  });

  it('reads one card after another, so that nobody gets the data of the next', async () => {
    component.offer(OTHER, CHEN);
    const readings = await Promise.all([client.read(QR, never), client.read(OTHER, never)]);
    expect(readings.map(({ name }) => name)).toEqual(['王小明', '陳美玲']);
    expect(component.calls.map(({ path }) => path.split('/')[1])).toEqual([
      'QRCodeReader',
      'VHC',
      'QRCodeReader',
      'VHC',
    ]);
  });

  it('never gives the data of the one before to whose code was refused', async () => {
    expect((await client.read(QR, never)).name).toBe('王小明');
    expect(await codeOf(client.read('STAND-IN-unknown-0000', never))).toBe('VIRTUAL_CARD_INVALID');
    component.offer(OTHER, CHEN);
    expect((await client.read(OTHER, never)).name).toBe('陳美玲');
  });

  it('says that there is no component', async () => {
    const { url } = component;
    await component.close();
    const alone = createVirtualCardClient({ url });
    expect(await codeOf(alone.read(QR, never))).toBe('VIRTUAL_CARD_UNAVAILABLE');
    await alone.close();
  });

  it('puts neither code nor person into what it throws', async () => {
    const causes: unknown[] = [];
    const keep = (cause: unknown): number => causes.push(cause);
    component.fault('upload', { kind: 'answer', body: `no JSON: ${QR}` });
    await client.read(QR, never).catch(keep);
    component.fault('basic-data', { kind: 'answer', body: JSON.stringify({ ERRORCODE: 0, pBuffer: WANG.slice(1) }) });
    await client.read(QR, never).catch(keep);
    component.offer(OTHER, CHEN, 1524);
    await client.read(OTHER, never).catch(keep);
    expect(causes).toHaveLength(3);
    const text = causes.map((cause) => inspect(cause, { depth: 10 })).join('\n');
    for (const secret of [QR, OTHER, '王', '小明', '陳', 'A123456789', '0730517', '000012345678'])
      expect(text).not.toContain(secret);
  });

  it.each([
    'https://localhost:3033/',
    'http://example.org:3033/',
    'http://localhost.example.org/',
    'http://user@localhost:3033/',
    'http://localhost:3033/path',
    'http://localhost:3033/?q',
    'http://localhost:3033/#f',
    'http://0.0.0.0:3033/',
    'http://192.168.1.5:3033/',
    'http://[::]:3033/',
    'file:///localhost',
    'localhost:3033',
    '',
  ])('does not talk to %s', (url) => {
    expect(isLoopbackUrl(url)).toBe(false);
    expect(() => createVirtualCardClient({ url })).toThrow(RangeError);
  });

  it('is not set up by a kiosk file that names another machine', () => {
    const file = { version: 1, folder: 'desk', data: 'data', readers: { kind: 'pcsc' } };
    const accepts = (virtualCard: object): boolean => KioskFile.safeParse({ ...file, virtualCard }).success;
    expect(accepts({ url: 'http://localhost:3033/' })).toBe(true);
    expect(accepts({ url: 'http://192.168.1.5:3033/' })).toBe(false);
    expect(KioskFile.safeParse(file).success).toBe(true);
  });

  it.each(['http://localhost:3033/', 'http://127.0.0.1:3033', 'http://[::1]:3033/'])('may talk to %s', (url) => {
    expect(isLoopbackUrl(url)).toBe(true);
  });
});
