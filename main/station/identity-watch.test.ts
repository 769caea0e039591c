import { describe, expect, it } from 'vitest';
import type { BasicData } from '../../contract/basic-data.ts';
import type { SlotView } from '../../contract/card-service.ts';
import { ImisError } from '../../contract/errors.ts';
import type { DeskCore, SignedOn } from './desk-core.ts';
import { createIdentityWatch } from './identity-watch.ts';

const WANG: BasicData = {
  cardNumber: '000000001234',
  name: '王小明',
  nameCut: false,
  idNumber: 'A123456789',
  birthDate: '1984-05-17',
  sex: 'male',
  issued: '2020-11-09',
};
const CHEN: BasicData = { ...WANG, cardNumber: '000000005678', name: '陳美玲', birthDate: '1957-11-02', sex: 'female' };
const PERSON = { name: '王○明', birthYear: 1984, sex: 'male' } as const;
const QR = 'STAND-IN-0123456789abcdef';

/** A desk with three readers: staff, patient and NHI card may all lie in at once. What is read waits until the test lets it go. */
function desk() {
  let slots: SlotView[] = [];
  let operator: SignedOn | undefined = { token: 't', role: 'registrar', until: '', slot: 'a', insertion: 1 };
  let busy = false;
  const timers: { ms: number; work: () => void }[] = [];
  const logged: unknown[] = [];
  const waiting: {
    readonly what: string;
    readonly signal: AbortSignal;
    answer(data: BasicData): void;
    fail(code: 'CARD_LOST' | 'NHI_CARD_MALFORMED'): void;
  }[] = [];
  const ask = (what: string, signal: AbortSignal): Promise<BasicData> =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new ImisError('CANCELLED', 'stopped')));
      waiting.push({ what, signal, answer: resolve, fail: (code) => reject(new ImisError(code, 'scripted')) });
    });
  // Only what an identity watch touches.
  const core = {
    ports: {
      cards: { nhiBasicData: ({ slot }: { slot: string }, signal: AbortSignal) => ask(slot, signal) },
      virtualCard: { read: (qr: string, signal: AbortSignal) => ask(qr, signal) },
      later: (ms: number, work: () => void) => {
        const timer = { ms, work };
        timers.push(timer);
        return () => timers.splice(timers.indexOf(timer), 1);
      },
      log: (...line: unknown[]) => logged.push(line),
    },
    common: () => ({ slots, bureau: { online: true, waiting: 0 } }),
    operator: () => operator,
    alone: async (signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<void>) => {
      if (busy) throw new ImisError('STEP_OUT_OF_ORDER', 'at work');
      busy = true;
      await work(signal ?? new AbortController().signal).finally(() => {
        busy = false;
      });
    },
  } as unknown as DeskCore;
  let changes = 0;
  const watch = createIdentityWatch(core, () => {
    changes += 1;
  });
  return {
    watch,
    timers,
    logged,
    waiting,
    changes: () => changes,
    put: (...cards: readonly (readonly [slot: string, insertion: number])[]) => {
      slots = cards.map(([slot, insertion]) => ({ slot, state: 'ready', kind: 'nhi', insertion }));
      watch.follow();
    },
    duty: (on: boolean) => {
      operator = on ? { token: 't', role: 'registrar', until: '', slot: 'a', insertion: 1 } : undefined;
      watch.follow();
    },
  };
}
const settle = (): Promise<void> => new Promise(setImmediate);

describe('who is at the desk', () => {
  it('reads an NHI card by itself, once a stay, and shows it masked', async () => {
    const { watch, waiting, put } = desk();
    put(['c', 1]);
    expect(watch.view(undefined)).toEqual({ state: 'reading', source: 'nhi-card' });
    waiting[0]?.answer(WANG);
    await settle();
    expect(watch.view(undefined)).toEqual({ state: 'shown', source: 'nhi-card', person: PERSON, cardTail: '1234' });
    put(['c', 1]);
    expect(waiting).toHaveLength(1);
    put(['c', 2]);
    expect(waiting).toHaveLength(2);
  });

  it('says whether the one who was checked in is the same', async () => {
    const { watch, waiting, put } = desk();
    put(['c', 1]);
    waiting[0]?.answer(WANG);
    await settle();
    expect(watch.view(PERSON)).toMatchObject({ agreement: 'same' });
    expect(watch.view({ ...PERSON, name: '陳○玲' })).toMatchObject({ agreement: 'other' });
    expect(watch.view(undefined)).not.toHaveProperty('agreement');
  });

  it('reads nothing while nobody is on duty, and forgets when duty ends', async () => {
    const { watch, waiting, put, duty } = desk();
    duty(false);
    put(['c', 1]);
    expect(waiting).toEqual([]);
    await expect(watch.readCard()).rejects.toMatchObject({ code: 'OPERATOR_REQUIRED' });
    await expect(watch.readVirtual(QR)).rejects.toMatchObject({ code: 'OPERATOR_REQUIRED' });
    duty(true);
    waiting[0]?.answer(WANG);
    await settle();
    expect(watch.view(undefined)).toMatchObject({ state: 'shown' });
    duty(false);
    expect(watch.view(undefined)).toEqual({ state: 'none' });
    duty(true);
    expect(waiting).toHaveLength(2);
  });

  it('shows nothing of a reading that was cleared or overtaken', async () => {
    const { watch, waiting, put } = desk();
    put(['c', 1]);
    watch.clear();
    expect(waiting[0]?.signal.aborted).toBe(true);
    waiting[0]?.answer(WANG);
    await settle();
    expect(watch.view(undefined)).toEqual({ state: 'none' });
    put(['c', 1]);
    expect(waiting).toHaveLength(1);
    put(['c', 2]);
    put(['c', 3]);
    waiting[1]?.answer(WANG);
    waiting[2]?.answer(CHEN);
    await settle();
    expect(watch.view(undefined)).toMatchObject({ person: { name: '陳○玲' }, cardTail: '5678' });
  });

  it('keeps a person for a while after the card has left, and not longer', async () => {
    const { watch, waiting, put, timers } = desk();
    put(['c', 1]);
    waiting[0]?.answer(WANG);
    await settle();
    expect(timers).toEqual([]);
    put();
    put();
    expect(timers.map(({ ms }) => ms)).toEqual([120_000]);
    timers[0]?.work();
    expect(watch.view(undefined)).toEqual({ state: 'none' });
  });

  it('shows a refusal with its code, and reads again when asked', async () => {
    const { watch, waiting, put, logged } = desk();
    put(['c', 1]);
    waiting[0]?.fail('NHI_CARD_MALFORMED');
    await settle();
    expect(watch.view(undefined)).toEqual({
      state: 'refused',
      source: 'nhi-card',
      refusal: { code: 'NHI_CARD_MALFORMED' },
    });
    expect(logged).toHaveLength(1);
    const again = watch.readCard();
    waiting[1]?.answer(WANG);
    await again;
    expect(watch.view(undefined)).toMatchObject({ state: 'shown' });
    put();
    await expect(watch.readCard()).rejects.toMatchObject({ code: 'CARD_ABSENT' });
  });

  it('reads a virtual card alone, and lets go of it after a while', async () => {
    const { watch, waiting, timers } = desk();
    const reading = watch.readVirtual(` ${QR}\n`);
    await expect(watch.readVirtual(QR)).rejects.toMatchObject({ code: 'STEP_OUT_OF_ORDER' });
    expect(waiting.map(({ what }) => what)).toEqual([QR]);
    waiting[0]?.answer(CHEN);
    await reading;
    expect(watch.view(undefined)).toMatchObject({ source: 'virtual-card', person: { name: '陳○玲', birthYear: 1957 } });
    expect(timers).toHaveLength(1);
  });

  it.each([
    ['nothing', ''],
    ['blanks', '   '],
    ['too little', 'abc'],
    ['too much', 'x'.repeat(2049)],
    ['a blank inside', 'STAND-IN 0123456789abcdef'],
    ['a control character', 'STAND-IN\u00000123456789abc'],
    ['Chinese', '王小明王小明王小明王小明王小明王小明'],
  ])('asks no component about %s', async (_what, qr) => {
    const { watch, waiting } = desk();
    await watch.readVirtual(qr);
    expect(waiting).toEqual([]);
    expect(watch.view(undefined)).toMatchObject({ state: 'refused', refusal: { code: 'VIRTUAL_CARD_INVALID' } });
  });
});
