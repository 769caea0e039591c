import { beforeAll, describe, expect, it } from 'vitest';
import { concat, equalBytes, fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { isSignedBy, newPrivateKey, publicPoint } from '../../crypto/pki/p256-key.ts';
import { historicalBytes } from '../apdu/atr.ts';
import { createCardSession } from '../apdu/card-session.ts';
import { pinBlock } from '../apdu/pin-block.ts';
import { APPLICATIONS } from '../apps/card-profile.ts';
import { CIVIL, readCivilCertificate, selectCivil, signWithCivil } from '../apps/civil-app.ts';
import { recognise } from '../apps/recognise.ts';
import { refusalOf, sessionTo } from './cards.fixture.ts';
import { createCivilCard } from './civil-card.ts';
import { loadCard } from './load-card.ts';
import { createPatientCard } from './patient-card.ts';
import { createSoftwareReader } from './software-reader.ts';

const MESSAGE = utf8('signed attributes, longer than one short command can carry: '.repeat(6));
const block = (digits = '246813') => pinBlock(utf8(digits));

let privateKey: Uint8Array;
let point: Uint8Array;
beforeAll(() => {
  privateKey = newPrivateKey(secureRng);
  point = publicPoint(privateKey);
});

const made = (certificate = new Uint8Array(700).map((_, i) => i)) =>
  createCivilCard({ privateKey, certificate, pin: block() });
const swOf = async (card: ReturnType<typeof made>, command: string): Promise<string> =>
  hex((await card.transmit(fromHex(command))).slice(-2));
const SELECT = `00a4040008${hex(CIVIL.aid)}00`;
const KEY = '002241b603840101';
const VERIFY = `0020000108${hex(block())}`;
const HASH = '002a908003010203';
const SIGN = '002a9e9a00';

describe('the software citizen certificate card', () => {
  it('is recognised, holds no application of ours, and none of our cards is taken for it', async () => {
    const card = made();
    expect(await recognise(sessionTo(card))).toBe('civil');
    for (const { aid } of Object.values(APPLICATIONS)) expect(await swOf(card, `00a4040008${hex(aid)}00`)).toBe('6a82');
    const patient = sessionTo(createPatientCard());
    expect(await selectCivil(patient)).toBe(false);
    expect(await refusalOf(readCivilCertificate(patient))).toBe('CARD_WRONG_KIND');
    expect(historicalBytes(card.atr)).toEqual(utf8('IMIS CIVIL TEST'));
  });

  it.each([1, 255, 256, 257, 512, 700])(
    'gives its certificate of %i bytes to everybody, in short pieces',
    async (size) => {
      const certificate = new Uint8Array(size).map((_, i) => i * 7);
      expect(equalBytes(await readCivilCertificate(sessionTo(made(certificate))), certificate)).toBe(true);
    },
  );

  it.each([true, false])('signs what it is handed, after the PIN (extended length: %s)', async (extended) => {
    const pin = block();
    const signature = await signWithCivil(sessionTo(made(), { extended }), pin, MESSAGE);
    expect(isSignedBy(point, MESSAGE, signature)).toBe(true);
    expect(pin.every((byte) => byte === 0)).toBe(true);
  });

  it('signs once for each VERIFY, and no VERIFY outlasts a SELECT or the supply', async () => {
    const card = made();
    const send = async (...commands: string[]): Promise<string> => {
      let sw = '';
      for (const command of commands) sw = await swOf(card, command);
      return sw;
    };
    card.powerOn();
    expect(await send(SELECT, KEY, VERIFY, HASH, SIGN)).toBe('9000');
    expect(await send(HASH, SIGN)).toBe('6982');
    expect(await send(VERIFY, SELECT, KEY, HASH, SIGN)).toBe('6982');
    await send(SELECT, KEY, VERIFY, HASH);
    card.powerOff();
    card.powerOn();
    expect(await send(SIGN)).toBe('6985');
    expect(await send(SELECT, KEY, HASH, SIGN)).toBe('6982');
    // Without a key chosen, and without anything to sign.
    expect(await send(SELECT, VERIFY, HASH, SIGN)).toBe('6985');
    expect(await send(SELECT, KEY, VERIFY, SIGN)).toBe('6985');
  });

  it('blocks its PIN after three wrong ones, for good, and a right one between gives the tries back', async () => {
    const card = made();
    const session = sessionTo(card);
    const sign = (digits?: string) => refusalOf(signWithCivil(session, block(digits), MESSAGE));
    expect(await sign('000000')).toEqual(['PIN_WRONG', 2]);
    expect(await sign('000000')).toEqual(['PIN_WRONG', 1]);
    await signWithCivil(session, block(), MESSAGE);
    expect(await sign('000000')).toEqual(['PIN_WRONG', 2]);
    expect(await sign('000000')).toEqual(['PIN_WRONG', 1]);
    expect(await sign('000000')).toEqual(['PIN_BLOCKED', 0]);
    expect(await sign('000000')).toBe('PIN_BLOCKED');
    expect(await sign()).toBe('PIN_BLOCKED');
    const loaded = loadCard(card.save(), { backend: await createMclBackend() });
    expect(loaded.kind).toBe('civil');
    expect(await refusalOf(signWithCivil(sessionTo(loaded.card), block(), MESSAGE))).toBe('PIN_BLOCKED');
  });

  it('gains no try when its supply is cut in the middle of VERIFY', async () => {
    const card = made();
    for (let i = 0; i < CIVIL.pin.tries; i++) {
      // The first write lowers the counter; before the second the supply goes.
      card.powerOn();
      card.cutPowerAfter(1);
      expect(await swOf(card, SELECT)).toBe('9000');
      expect(hex(await card.transmit(fromHex(VERIFY)))).toBe('');
      card.cutPowerAfter(undefined);
    }
    expect(await refusalOf(signWithCivil(sessionTo(card), block(), MESSAGE))).toBe('PIN_BLOCKED');
  });

  it.each([
    ['before SELECT', [VERIFY], '6985'],
    ['another file', [SELECT, '00a4020c025032'], '6a82'],
    ['reading without a file', [SELECT, '00b0000000'], '6985'],
    ['reading beyond the end', [SELECT, '00a4020c024331', '00b0020000', '00b002bc00'], '6b00'],
    ['another key', [SELECT, '002241b603840102'], '6a88'],
    ['another PIN', [SELECT, '0020000208ffffffffffffffff'], '6a86'],
    ['a PIN that is none', [SELECT, '0020000108ffffffffffffffff'], '6a80'],
    ['how many tries are left', [SELECT, '00200001'], '63c3'],
    ['a change of the PIN', [SELECT, '0024000100'], '6d00'],
    ['another class', [SELECT, '8020000100'], '6e00'],
    ['secure messaging', [SELECT, '0c20000108ffffffffffffffff'], '6e00'],
    ['a cut command', [SELECT, '00a404'], '6700'],
  ])('refuses %s', async (_what, commands, sw) => {
    const card = made();
    card.powerOn();
    let answer = '';
    for (const command of commands) answer = await swOf(card, command);
    expect(answer).toBe(sw);
  });

  it('gives a code for every way in which signing goes wrong', async () => {
    const reader = createSoftwareReader(['left']);
    const work = async (at: number, answer: string): Promise<unknown> => {
      reader.remove('left');
      reader.insert('left', made());
      reader.setFault('left', { kind: 'garbage', at, answer: fromHex(answer) });
      return refusalOf(signWithCivil(createCardSession(await reader.connect('left')), block(), MESSAGE));
    };
    expect(await work(0, '6a82')).toBe('CARD_WRONG_KIND');
    expect(await work(1, '6a88')).toBe('CARD_RECORD_NOT_FOUND');
    expect(await work(2, '')).toBe('CARD_LOST');
    expect(await work(3, '6f00')).toBe('CARD_REFUSED');
    expect(await work(4, `${'00'.repeat(63)}9000`)).toBe('CARD_ANSWER_INVALID');
  });

  it('refuses a chain longer than it has room for', async () => {
    const card = made();
    card.powerOn();
    await card.transmit(fromHex(SELECT));
    const piece = concat(fromHex('102a9080ff'), new Uint8Array(255));
    let sw = '';
    for (let i = 0; i < 33; i++) sw = hex((await card.transmit(piece)).slice(-2));
    expect(sw).toBe('6700');
  });
});
