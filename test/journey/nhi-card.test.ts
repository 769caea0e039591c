/**
 * The real NHI card and the virtual one at the registration desk: read, shown masked, compared, refused; never stored and never sent.
 * @module
 */
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fromHex } from '../../crypto/common/bytes.ts';
import { NHI_CARDS } from '../../main/app/demonstration.ts';
import { createVirtualCardClient, type VirtualCardClient } from '../../main/app/virtual-card-client.ts';
import { startVirtualCardStandIn, type VirtualCardStandIn } from '../harness/virtual-card-stand-in.ts';
import { registerOf } from './register.ts';
import { at, CHEN, checkIn, codeOf, openHouse, patientIn, pinOf, ready, settled, signOn, WANG } from './walk.ts';
import { createWorld, type World } from './world.ts';

const NHI_WANG = 'nhi-wang';
const NHI_LIN = 'nhi-lin';
const SLOT = 'registration/right';
const SHOWN_WANG = {
  state: 'shown',
  source: 'nhi-card',
  person: { name: '王○明', birthYear: 1984, sex: 'male' },
  cardTail: '1234',
} as const;
const QR = 'STAND-IN-0123456789abcdef';
const TEXT_CHEN = `000000009876${'陳美玲'.padEnd(17, ' ')}F2234567860461102F108030110912345678    `;

describe('an NHI card at the registration desk', () => {
  let component: VirtualCardStandIn;
  let client: VirtualCardClient;
  let world: World;
  beforeAll(async () => {
    component = await startVirtualCardStandIn();
    client = createVirtualCardClient({ url: component.url });
    world = await createWorld({ virtualCard: client });
    await openHouse(world);
  });
  beforeEach(async () => {
    for (const desk of ['registration', 'clinic', 'pharmacy'] as const) {
      world.table.remove(`${desk}/right`);
      await world.station.clear({ desk });
    }
  });
  afterAll(async () => {
    await world.close();
    await client.close();
    await component.close();
  });

  /** The NHI card into the right slot of registration, until it was read or refused. */
  async function nhiIn(card: string) {
    world.table.insert(card, SLOT);
    await world.until('registration', ready(SLOT, 'nhi'));
    return world.until('registration', (now) => now.desk === 'registration' && now.identity.state !== 'reading');
  }

  it('is recognised and read by itself, and shown masked; no visit opens', async () => {
    const before = registerOf(world);
    const { identity, flow } = await nhiIn(NHI_WANG);
    expect(identity).toEqual(SHOWN_WANG);
    expect(flow).toEqual({ step: 'idle' });
    expect(registerOf(world)).toEqual(before);
    await world.station.clear({ desk: 'registration' });
    expect((await world.state('registration')).identity).toEqual({ state: 'none' });
    // It lies there still and is not read again by itself, but when asked.
    const again = await world.station.readNhiCard({ desk: 'registration' });
    expect(again).toMatchObject({ identity: SHOWN_WANG });
  });

  it('agrees with the card of the same person that comes after it', async () => {
    await nhiIn(NHI_WANG);
    const { flow, identity } = await patientIn(world, 'registration', WANG).then(() =>
      world.until('registration', (now) => settled(now) && now.flow.step !== 'idle'),
    );
    at({ flow }, 'checked-in');
    expect(identity).toEqual({ ...SHOWN_WANG, agreement: 'same' });
  });

  it('warns when the card that comes after it is of another person, and when it comes after that', async () => {
    await nhiIn(NHI_WANG);
    world.table.insert(CHEN, SLOT);
    const first = await world.until('registration', ({ flow }) => flow.step === 'checked-in');
    expect(first.identity).toEqual({ ...SHOWN_WANG, agreement: 'other' });
    await world.station.clear({ desk: 'registration' });
    world.table.remove(SLOT);
    world.table.insert(CHEN, SLOT);
    await world.until('registration', ({ flow }) => flow.step === 'checked-in');
    expect((await nhiIn(NHI_WANG)).identity).toMatchObject({ agreement: 'other' });
  });

  it('reads a name with a user-defined character', async () => {
    expect((await nhiIn(NHI_LIN)).identity).toMatchObject({
      state: 'shown',
      person: { name: '林○祥', birthYear: 2001 },
      cardTail: '5678',
    });
  });

  it('cannot check in, open a visit or collect, and says so', async () => {
    await nhiIn(NHI_WANG);
    expect((await world.station.checkIn({ desk: 'registration' })).flow).toMatchObject({
      step: 'refused',
      refusal: { code: 'NHI_CARD_CANNOT_SIGN' },
    });
    await world.station.clear({ desk: 'registration' });
    world.table.insert(NHI_WANG, 'clinic/right');
    await world.until('clinic', ready('clinic/right', 'nhi'));
    const opened = await world.station.openVisit({ desk: 'clinic', pin: pinOf('doctor-lee') });
    expect(opened.flow).toMatchObject({ step: 'refused', refusal: { code: 'NHI_CARD_CANNOT_SIGN' } });
    world.table.insert(NHI_WANG, 'pharmacy/right');
    await world.until('pharmacy', ready('pharmacy/right', 'nhi'));
    const looked = await world.station.lookUp({ desk: 'pharmacy' });
    expect(looked.flow).toMatchObject({ step: 'refused', refusal: { code: 'NHI_CARD_CANNOT_SIGN' } });
    expect(await codeOf(world.station.readNhiCard({ desk: 'clinic' }))).toBe('STEP_OUT_OF_ORDER');
    expect(await codeOf(world.table.cards.patientCertificates({ slot: 'pharmacy/right' }))).toBe('CARD_WRONG_KIND');
    expect(await codeOf(world.table.cards.nhiBasicData({ slot: 'clinic/left' }))).toBe('CARD_WRONG_KIND');
  });

  it.each([
    ['garbage', { kind: 'garbage', at: 5, answer: fromHex(`${'20'.repeat(57)}9000`) }, 'NHI_CARD_MALFORMED'],
    ['a refusal', { kind: 'garbage', at: 5, answer: fromHex('6982') }, 'CARD_REFUSED'],
    [
      'a profile cut short',
      { kind: 'garbage', at: 5, answer: fromHex(`${'30'.repeat(56)}9000`) },
      'NHI_CARD_MALFORMED',
    ],
    ['its removal', { kind: 'removed-before', at: 5 }, 'CARD_LOST'],
    ['its removal as vpcd tells it', { kind: 'empty', at: 5 }, 'CARD_LOST'],
  ] as const)('is refused with a code after %s', async (_what, fault, code) => {
    expect((await insertWithFault(fault)).identity).toEqual({
      state: 'refused',
      source: 'nhi-card',
      refusal: { code },
    });
    world.table.remove(SLOT);
    expect((await nhiIn(NHI_WANG)).identity).toEqual(SHOWN_WANG);
  });

  /** Four SELECTs recognise the card; the fifth and the read, which is command 5, are the reading. */
  async function insertWithFault(fault: Parameters<World['table']['fault']>[1]) {
    world.table.insert(NHI_WANG, SLOT);
    world.table.fault(SLOT, fault);
    return world.until('registration', (now) => now.desk === 'registration' && now.identity.state === 'refused');
  }

  it('goes with whoever is on duty, and a while after it has left', async () => {
    await nhiIn(NHI_WANG);
    await world.station.signOff({ desk: 'registration' });
    expect((await world.state('registration')).identity).toEqual({ state: 'none' });
    expect(await codeOf(world.station.readNhiCard({ desk: 'registration' }))).toBe('OPERATOR_REQUIRED');
    expect(await codeOf(world.station.readVirtualCard({ desk: 'registration', qr: QR }))).toBe('OPERATOR_REQUIRED');
    await signOn(world, 'registration', 'staff-registrar');
    expect((await nhiIn(NHI_WANG)).identity).toEqual(SHOWN_WANG);
    world.table.remove(SLOT);
    await world.until('registration', ({ slots }) => slots.some(({ state }) => state === 'empty'));
    world.runTimers(60_000);
    expect((await world.state('registration')).identity).toEqual(SHOWN_WANG);
    world.runTimers(120_000);
    expect((await world.state('registration')).identity).toEqual({ state: 'none' });
  });

  it('reads a virtual card once, and compares it like the other', async () => {
    component.offer(QR, TEXT_CHEN);
    const read = await world.station.readVirtualCard({ desk: 'registration', qr: QR });
    expect(read).toMatchObject({
      virtualCards: true,
      identity: {
        state: 'shown',
        source: 'virtual-card',
        person: { name: '陳○玲', birthYear: 1957 },
        cardTail: '9876',
      },
    });
    world.table.insert(CHEN, SLOT);
    expect((await world.until('registration', ({ flow }) => flow.step === 'checked-in')).identity).toMatchObject({
      agreement: 'same',
    });
    expect(await world.station.readVirtualCard({ desk: 'registration', qr: QR })).toMatchObject({
      identity: { state: 'refused', source: 'virtual-card', refusal: { code: 'VIRTUAL_CARD_REUSED' } },
    });
  });

  it.each([
    ['a code that ran out', 1018, 'VIRTUAL_CARD_EXPIRED'],
    ['a token that ran out', 1524, 'VIRTUAL_CARD_EXPIRED'],
    ['no code of the bureau', 1520, 'VIRTUAL_CARD_INVALID'],
    ['an institution that is not registered', 1042, 'VIRTUAL_CARD_NOT_OFFERED'],
    ['a component off line', 1099, 'VIRTUAL_CARD_UNAVAILABLE'],
    ['somebody uninsured', 5012, 'INSURANCE_UNPAID'],
  ])('refuses a virtual card: %s', async (_what, number, code) => {
    const qr = `STAND-IN-refused-${number}`;
    component.refuse(qr, number);
    expect(await world.station.readVirtualCard({ desk: 'registration', qr })).toMatchObject({
      identity: { state: 'refused', source: 'virtual-card', refusal: { code } },
    });
  });

  it('lets a patient card wait while a virtual card is being read, and checks it in afterwards', async () => {
    component.fault('upload', { kind: 'hang' });
    const stop = new AbortController();
    const reading = world.station.readVirtualCard({ desk: 'registration', qr: QR }, stop.signal);
    await world.until('registration', (now) => now.desk === 'registration' && now.identity.state === 'reading');
    world.table.insert(WANG, SLOT);
    await world.until('registration', ready(SLOT, 'patient'));
    expect(await codeOf(world.station.readVirtualCard({ desk: 'registration', qr: QR }))).toBe('STEP_OUT_OF_ORDER');
    stop.abort();
    expect(await reading).toMatchObject({ identity: { refusal: { code: 'CANCELLED' } } });
    at(await world.until('registration', (now) => settled(now) && now.flow.step !== 'idle'), 'checked-in');
  });

  it('shows nothing any more of a virtual card that was cleared away while it was read', async () => {
    component.offer('STAND-IN-cleared-000000', TEXT_CHEN);
    component.fault('upload', { kind: 'hang' });
    const reading = world.station.readVirtualCard({ desk: 'registration', qr: QR });
    await world.until('registration', (now) => now.desk === 'registration' && now.identity.state === 'reading');
    await world.station.clear({ desk: 'registration' });
    expect(await reading).toMatchObject({ identity: { state: 'none' } });
  });

  it('sends and stores nothing of either, shows no whole name or number, and logs nothing', async () => {
    await checkIn(world, WANG);
    const secrets = [
      ...NHI_CARDS.flatMap(({ holder }) => [holder.name, holder.cardNumber, holder.idNumber, holder.birthDate]),
      '陳美玲',
      'F223456786',
      '000000009876',
      '0912345678',
      QR,
    ];
    const sent = JSON.stringify(world.desk('registration').wire.seen);
    const shown = JSON.stringify(world.published);
    const logged = world.logged.map((line) => inspect(line, { depth: 12 })).join('\n');
    expect(shown).toContain('王○明');
    expect(world.logged.length).toBeGreaterThan(8);
    for (const secret of secrets) {
      expect(sent).not.toContain(secret);
      expect(shown).not.toContain(secret);
      expect(logged).not.toContain(secret);
    }
    expect([...world.border.altered]).toEqual([]);
  });
});
