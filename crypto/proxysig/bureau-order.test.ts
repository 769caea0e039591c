import { describe, expect, it } from 'vitest';
import { bcdOf } from '../common/bcd.ts';
import { concat, hex, lp1, uint } from '../common/bytes.ts';
import { type BureauOrder, decodeOrder, encodeOrder, type OrderContents, orderBody } from './bureau-order.ts';
import { ProxysigError } from './proxysig-error.ts';

const fill = (byte: number, length = 16): Uint8Array => new Uint8Array(length).fill(byte);
const SIGNATURE = fill(9, 64);
const order = (contents: OrderContents, number = 7): BureauOrder => ({ card: fill(0x51), number, contents });

const EVERY_KIND: readonly [OrderContents, length: number][] = [
  [{ kind: 'set-rx-state', rxId: fill(1), used: 2, status: 'open' }, 18],
  [{ kind: 'redesignate', rxId: fill(1), pharmacy: bcdOf('5901010012') }, 21],
  [{ kind: 'erase-warrant', serial: fill(3) }, 16],
  [
    {
      kind: 'set-standing',
      token: { pid: fill(4), paidUntil: 1_900_000_000, issued: 1_800_000_000, signature: fill(5, 64) },
    },
    88,
  ],
  [{ kind: 'block' }, 0],
  [{ kind: 'unblock' }, 0],
  [
    {
      kind: 'issue-rx',
      record: {
        rxId: fill(1),
        hash16: fill(2),
        issued: 1_800_000_000,
        expires: 1_900_000_000,
        parts: 3,
        used: 1,
        status: 'open',
        controlled: true,
        pharmacy: bcdOf('5901010012'),
      },
    },
    48,
  ],
];

const codeOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error instanceof ProxysigError ? error.code : error;
  }
};

describe('an order of the bureau', () => {
  it('of every kind comes back as it went, with what was signed', () => {
    EVERY_KIND.forEach(([contents, length], i) => {
      const made = order(contents, i + 1);
      const encoded = encodeOrder(made, SIGNATURE);
      expect(encoded).toHaveLength(21 + length + 64);
      expect(encoded[20]).toBe(i + 1);
      expect(decodeOrder(encoded)).toEqual({ ...made, body: orderBody(made), signature: SIGNATURE });
    });
  });

  it('has this form: a block of card 51…, its seventh order', () => {
    const made = order({ kind: 'block' });
    expect(hex(encodeOrder(made, SIGNATURE))).toBe(`${'51'.repeat(16)}0000000705${'09'.repeat(64)}`);
    expect(orderBody(made)).toEqual(concat(lp1('NHI-ORDER-V1'), fill(0x51), uint(7, 4), uint(5, 1)));
  });

  it('is refused with a body of another length, an unknown kind, or a value that none can have', () => {
    for (const [contents] of EVERY_KIND) {
      const encoded = encodeOrder(order(contents), SIGNATURE);
      expect(codeOf(() => decodeOrder(concat(encoded, fill(0, 1))))).toBe('BUREAU_ORDER_MALFORMED');
      expect(codeOf(() => decodeOrder(encoded.slice(0, -1)))).toBe('BUREAU_ORDER_MALFORMED');
    }
    const changed = (contents: OrderContents, at: number, byte: number): unknown => {
      const encoded = encodeOrder(order(contents), SIGNATURE);
      encoded[at] = byte;
      return codeOf(() => decodeOrder(encoded));
    };
    for (const kind of [0, 8, 255]) expect(changed({ kind: 'block' }, 20, kind)).toBe('BUREAU_ORDER_MALFORMED');
    const [[state], [redesignate]] = [EVERY_KIND[0] ?? expect.fail(), EVERY_KIND[1] ?? expect.fail()];
    expect(changed(state, 21 + 17, 4)).toBe('BUREAU_ORDER_MALFORMED');
    expect(changed(redesignate, 21 + 16, 0xff)).toBe('BUREAU_ORDER_MALFORMED');
    const [issue] = EVERY_KIND[6] ?? expect.fail();
    expect(changed(issue, 21 + 40, 4)).toBe('BUREAU_ORDER_MALFORMED');
    expect(codeOf(() => decodeOrder(fill(0, 84)))).toBe('BUREAU_ORDER_MALFORMED');
  });

  it('is not made out of fields of another length', () => {
    expect(codeOf(() => orderBody({ ...order({ kind: 'block' }), card: fill(1, 15) }))).toBe('BUREAU_ORDER_MALFORMED');
    expect(codeOf(() => orderBody(order({ kind: 'erase-warrant', serial: fill(1, 17) })))).toBe(
      'BUREAU_ORDER_MALFORMED',
    );
    expect(codeOf(() => encodeOrder(order({ kind: 'block' }), fill(1, 63)))).toBe('BUREAU_ORDER_MALFORMED');
  });
});
