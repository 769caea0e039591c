import { describe, expect, it } from 'vitest';
import { fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { historicalBytes } from '../apdu/atr.ts';
import { createCardSession } from '../apdu/card-session.ts';
import { APPLICATIONS } from '../apps/card-profile.ts';
import { readNhiProfile, selectNhi } from '../apps/nhi-card.ts';
import { recognise } from '../apps/recognise.ts';
import { refusalOf, sessionTo } from './cards.fixture.ts';
import { encodeNhiProfile, type NhiHolder } from './encode-nhi-profile.ts';
import { loadCard } from './load-card.ts';
import { createPatientCard } from './patient-card.ts';
import { createNhiCard } from './software-nhi-card.ts';
import { createSoftwareReader } from './software-reader.ts';

const CHEN: NhiHolder = {
  cardNumber: '000000000024',
  name: '陳美玲',
  idNumber: 'F223456786',
  birthDate: '1957-11-02',
  sex: 'female',
  issued: '2019-03-01',
};
const PROFILE = encodeNhiProfile(CHEN);
const SELECT = '00a4040010d1580000010000000000000000001100';
const READ = '00ca1100020000';

const swOf = async (card: ReturnType<typeof createNhiCard>, command: string): Promise<string> =>
  hex((await card.transmit(fromHex(command))).slice(-2));

describe('the software NHI card', () => {
  it('gets the published commands byte for byte, and answers 57 bytes', async () => {
    const card = createNhiCard({ profile: PROFILE });
    card.powerOn();
    const sent: string[] = [];
    const session = createCardSession({
      transmit: (command) => {
        sent.push(hex(command));
        return card.transmit(command);
      },
    });
    expect(await readNhiProfile(session)).toEqual({ ...CHEN, nameCut: false });
    expect(sent).toEqual([SELECT, READ]);
    expect(hex(await card.transmit(fromHex(SELECT)))).toBe('9000');
    expect(hex(await card.transmit(fromHex(READ)))).toBe(`${hex(PROFILE)}9000`);
  });

  it.each(['T=0', 'T=1'] as const)('is recognised and read over %s, and again after a reset', async (protocol) => {
    const card = createNhiCard({ profile: PROFILE }, { protocol });
    const session = sessionTo(card);
    expect(await recognise(session)).toBe('nhi');
    expect((await readNhiProfile(session)).name).toBe('陳美玲');
    card.powerOff();
    expect(await refusalOf(recognise(session))).toBe('CARD_LOST');
    card.powerOn();
    expect(await swOf(card, READ)).toBe('6985');
    expect((await readNhiProfile(session)).cardNumber).toBe('000000000024');
  });

  it('is also selected by fifteen bytes of its name and an Le, which is a partial name', async () => {
    const card = createNhiCard({ profile: PROFILE });
    card.powerOn();
    expect(await swOf(card, '00a404000fd1580000010000000000000000001100')).toBe('9000');
    expect(await swOf(card, '00ca110002000000')).toBe('9000');
  });

  it('knows no application of ours, and none of our cards is taken for it', async () => {
    const card = createNhiCard({ profile: PROFILE });
    card.powerOn();
    for (const { aid } of Object.values(APPLICATIONS)) expect(await swOf(card, `00a4040008${hex(aid)}00`)).toBe('6a82');
    const patient = sessionTo(createPatientCard());
    expect(await selectNhi(patient)).toBe(false);
    expect(await refusalOf(readNhiProfile(patient))).toBe('CARD_WRONG_KIND');
    expect(await recognise(patient)).toBe('patient');
  });

  it.each([
    ['before SELECT', READ, '6985'],
    ['another application', '00a4040008d158000002000000', '6a82'],
    ['a longer name', `00a4040011${SELECT.slice(10)}00`, '6a82'],
    ['another class', '80ca1100020000', '6e00'],
    ['a write', '00d6000001ff', '6d00'],
    ['VERIFY', '0020000100', '6d00'],
    ['GET RESPONSE without anything to fetch', '00c0000010', '6985'],
    ['a cut command', '00ca11000200', '6700'],
    ['three bytes', '00ca11', '6700'],
  ])('refuses %s', async (_what, command, sw) => {
    const card = createNhiCard({ profile: PROFILE });
    card.powerOn();
    expect(await swOf(card, command)).toBe(sw);
  });

  it('refuses other parameters of the read', async () => {
    const card = createNhiCard({ profile: PROFILE });
    card.powerOn();
    await card.transmit(fromHex(SELECT));
    expect(await swOf(card, '00ca1101020000')).toBe('6a86');
    expect(await swOf(card, '00ca1100020001')).toBe('6a80');
    expect(await swOf(card, '00ca1100')).toBe('6a80');
  });

  it('says of itself that it is ours, and survives saving', async () => {
    const card = createNhiCard({ profile: PROFILE });
    expect(historicalBytes(card.atr)).toEqual(utf8('IMIS NHI TEST'));
    expect(() => createNhiCard({ profile: PROFILE.subarray(1) })).toThrow(RangeError);
    const loaded = loadCard(card.save(), { backend: await createMclBackend() });
    expect(loaded.kind).toBe('nhi');
    expect((await readNhiProfile(sessionTo(loaded.card))).name).toBe('陳美玲');
  });

  it('gives a code for every way in which reading goes wrong', async () => {
    const reader = createSoftwareReader(['left']);
    const read = async (at: number, answer: string): Promise<unknown> => {
      reader.remove('left');
      reader.insert('left', createNhiCard({ profile: PROFILE }));
      reader.setFault('left', { kind: 'garbage', at, answer: fromHex(answer) });
      return refusalOf(readNhiProfile(createCardSession(await reader.connect('left'))));
    };
    expect(await read(0, '6a82')).toBe('CARD_WRONG_KIND');
    expect(await read(0, '')).toBe('CARD_LOST');
    expect(await read(1, '')).toBe('CARD_LOST');
    expect(await read(1, '6982')).toBe('CARD_REFUSED');
    expect(await read(1, '9000')).toBe('NHI_CARD_MALFORMED');
    expect(await read(1, `${hex(PROFILE.subarray(1))}9000`)).toBe('NHI_CARD_MALFORMED');
    expect(await read(1, `${'00'.repeat(57)}9000`)).toBe('NHI_CARD_MALFORMED');
    expect(await read(1, `${'00'.repeat(257)}9000`)).toBe('CARD_ANSWER_INVALID');
    expect(await read(1, '1234')).toBe('CARD_ANSWER_INVALID');
    expect(await refusalOf(readNhiProfile(sessionTo(createNhiCard({ profile: PROFILE })), AbortSignal.abort()))).toBe(
      'CANCELLED',
    );
  });

  it('is recognised although a foreign card refuses unknown names in its own words', async () => {
    const card = createNhiCard({ profile: PROFILE });
    card.powerOn();
    for (const sw of ['6a81', '6985', '6d00', '6999']) {
      const session = createCardSession({
        transmit: async (command) => (command[5] === 0xf0 ? fromHex(sw) : card.transmit(command)),
      });
      expect(await recognise(session)).toBe('nhi');
    }
    const silent = createCardSession({ transmit: async () => fromHex('6a81') });
    expect(await refusalOf(recognise(silent))).toBe('CARD_UNKNOWN');
  });
});
