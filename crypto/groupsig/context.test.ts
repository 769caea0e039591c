import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex } from '../common/bytes.ts';
import {
  attributesOf,
  CONTEXT_BYTES,
  decodeContext,
  encodeAttributes,
  encodeContext,
  isContext,
  PURPOSES,
  type Purpose,
} from './context.ts';
import { sampleContext, TODAY } from './testing/sample-group.ts';

const code = (value: string) => expect.objectContaining({ name: 'GroupSigError', code: value });
const purposes: Purpose[] = ['record', 'prescription', 'claim', 'emergency', 'presence', 'cancellation'];
const filled = (length: number, zero: boolean) =>
  zero
    ? fc.constant(new Uint8Array(length))
    : fc.uint8Array({ minLength: length, maxLength: length }).filter((b) => b.some((x) => x !== 0));

describe('ctx', () => {
  it('has the layout of the design', () => {
    const ctx = sampleContext({ purpose: 'claim', epoch: { day: 0x01020304, seq: 0x0506 }, classNumber: 0x0708 });
    expect(ctx.length).toBe(CONTEXT_BYTES);
    expect(hex(ctx.slice(0, 10))).toBe('01030102030405060708');
    expect(hex(attributesOf(ctx))).toBe('0102030405060708');
    expect(attributesOf(sampleContext())).toEqual(encodeAttributes(TODAY));
  });

  it('decodes what it encoded', () => {
    const contexts = fc.constantFrom(...purposes).chain((purpose) =>
      fc.record({
        purpose: fc.constant(purpose),
        epoch: fc.record({ day: fc.integer({ min: 0, max: 0xffffffff }), seq: fc.integer({ min: 0, max: 0xffff }) }),
        classNumber: fc.integer({ min: 0, max: 0xffff }),
        aud: filled(32, purpose === 'prescription'),
        pid: filled(16, purpose === 'emergency'),
        sid: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      }),
    );
    fc.assert(
      fc.property(contexts, (context) => {
        expect(decodeContext(encodeContext(context))).toEqual(context);
      }),
    );
  });

  it('refuses another length, version or purpose', () => {
    const ctx = sampleContext();
    const changed = (at: number, value: number): Uint8Array => {
      const bytes = ctx.slice();
      bytes[at] = value;
      return bytes;
    };
    const longer = new Uint8Array(75);
    longer.set(ctx);
    for (const bad of [
      ctx.slice(1),
      longer,
      changed(0, 0),
      changed(0, 2),
      changed(1, 0),
      changed(1, 7),
      new Uint8Array(0),
    ]) {
      expect(() => decodeContext(bad)).toThrow(code('CONTEXT_INVALID'));
      expect(isContext(bad)).toBe(false);
    }
    expect(Object.values(PURPOSES)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('refuses an audience or a patient where the purpose forbids it, and their absence where it needs them', () => {
    const aud = new Uint8Array(32);
    const pid = new Uint8Array(16);
    expect(() => sampleContext({ aud })).toThrow(code('CONTEXT_INVALID'));
    expect(() => sampleContext({ pid })).toThrow(code('CONTEXT_INVALID'));
    expect(() => sampleContext({ purpose: 'prescription' })).toThrow(code('CONTEXT_INVALID'));
    expect(() => sampleContext({ purpose: 'emergency' })).toThrow(code('CONTEXT_INVALID'));
    expect(() => sampleContext({ sid: new Uint8Array(15) })).toThrow(code('CONTEXT_INVALID'));
    expect(() => sampleContext({ classNumber: 65_536 })).toThrow(RangeError);
    expect(isContext(sampleContext({ purpose: 'prescription', aud }))).toBe(true);
    expect(isContext(sampleContext({ purpose: 'emergency', pid }))).toBe(true);
  });
});
