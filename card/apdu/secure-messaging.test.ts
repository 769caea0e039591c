import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromHex, hex, uint } from '../../crypto/common/bytes.ts';
import { channelTranscript, deriveChannelKeys } from './channel-keys.ts';
import { command } from './command.ts';
import { createSecureFrames, type SecureFrames } from './secure-messaging.ts';

const keys = () => ({
  receipt: new Uint8Array(16).fill(1),
  enc: new Uint8Array(16).fill(2),
  mac: new Uint8Array(16).fill(3),
  rmac: new Uint8Array(16).fill(4),
});
const ends = (): { host: SecureFrames; card: SecureFrames } => ({
  host: createSecureFrames(keys()),
  card: createSecureFrames(keys()),
});
const header = [0x00, 0x20, 0x00, 0x01] as const;

describe('secure messaging', () => {
  it('carries any command and any answer, one after another', () => {
    const { host, card } = ends();
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        fc.uint8Array({ maxLength: 600 }),
        fc.integer({ min: 0x6100, max: 0x9fff }),
        (data, answer, sw) => {
          const wrapped = host.wrap(command(header, data, 256));
          expect(wrapped.cla).toBe(0x04);
          expect(card.unwrap(wrapped)).toMatchObject({ cla: 0, ins: 0x20, p1: 0, p2: 1, data });
          expect(host.open(card.seal({ data: answer, sw }))).toEqual({ data: answer, sw });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('shows neither data nor status words, and no two frames alike', () => {
    const { host, card } = ends();
    const secret = fromHex('26123456ffffffff');
    const seen = new Set<string>();
    for (let i = 0; i < 50; i++) {
      const wrapped = host.wrap(command(header, secret));
      card.unwrap(wrapped);
      const sealed = card.seal({ data: new Uint8Array(0), sw: 0x63c2 });
      host.open(sealed);
      expect(hex(wrapped.data)).not.toContain('123456');
      for (const frame of [wrapped.data, sealed]) seen.add(hex(frame));
      // One block and the MAC, whatever the status word.
      expect([wrapped.data.length, sealed.length]).toEqual([32, 32]);
    }
    expect(seen.size).toBe(100);
  });

  it('refuses a command with any bit changed, cut short, lengthened, replayed, reordered, or of another channel', () => {
    const wrapped = ends().host.wrap(command(header, uint(7, 4)));
    const refused = (frame: typeof wrapped, card = ends().card): void => {
      expect(card.unwrap(frame)).toBeUndefined();
    };
    for (let bit = 0; bit < wrapped.data.length * 8; bit++) {
      const data = wrapped.data.slice();
      data[bit >> 3] = (data[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      refused({ ...wrapped, data });
    }
    for (let length = 0; length < wrapped.data.length; length++)
      refused({ ...wrapped, data: wrapped.data.slice(0, length) });
    refused({ ...wrapped, data: concat(wrapped.data, new Uint8Array(16)) });
    for (const changed of [{ cla: 0x84 }, { ins: 0x24 }, { p1: 1 }, { p2: 2 }]) refused({ ...wrapped, ...changed });
    const { host, card } = ends();
    const [first, second] = [host.wrap(command(header)), host.wrap(command(header))];
    refused(second, card);
    const fresh = ends().card;
    expect(fresh.unwrap(first)).toBeDefined();
    refused(first, fresh);
    const other = createSecureFrames({ ...keys(), mac: new Uint8Array(16).fill(9) });
    refused(wrapped, other);
  });

  it('refuses an answer with any bit changed, cut short, replayed, or to another command', () => {
    const begin = () => {
      const { host, card } = ends();
      card.unwrap(host.wrap(command(header)));
      return { host, card, sealed: card.seal({ data: uint(5, 4), sw: 0x9000 }) };
    };
    const { sealed } = begin();
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = sealed.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(begin().host.open(changed)).toBeUndefined();
    }
    for (let length = 0; length < sealed.length; length++)
      expect(begin().host.open(sealed.slice(0, length))).toBeUndefined();
    const { host, card, sealed: first } = begin();
    expect(host.open(first)).toBeDefined();
    card.unwrap(host.wrap(command(header)));
    expect(host.open(first)).toBeUndefined();
  });

  it('wraps no command that is secured already or too long, and nothing once erased', () => {
    const { host } = ends();
    expect(() => host.wrap(command([0x04, 0x20, 0, 1]))).toThrow(RangeError);
    expect(() => host.wrap(command([0x10, 0x20, 0, 1]))).toThrow(RangeError);
    expect(() => host.wrap(command(header, new Uint8Array(65_520)))).toThrow(RangeError);
    host.erase();
    expect(() => host.wrap(command(header))).toThrow('over');
  });

  it('remakes the worked example of docs/card.md', () => {
    const point = (fill: number) => concat(Uint8Array.of(4), new Uint8Array(64).fill(fill));
    const transcript = channelTranscript(fromHex('f048495350415401'), point(0xa1), point(0xb2));
    const made = deriveChannelKeys(new Uint8Array(32).fill(0xc3), transcript);
    const shown = {
      transcript: hex(transcript),
      receipt: hex(made.receipt),
      enc: hex(made.enc),
      mac: hex(made.mac),
      rmac: hex(made.rmac),
    };
    const host = createSecureFrames(structuredClone(made));
    const card = createSecureFrames(structuredClone(made));
    const verify = host.wrap(command([0x00, 0x20, 0x00, 0x01], fromHex('26123456ffffffff')));
    card.unwrap(verify);
    const wrong = card.seal({ data: new Uint8Array(0), sw: 0x63c2 });
    host.open(wrong);
    const read = host.wrap(command([0x00, 0xb0, 0x81, 0x00], undefined, 65_536));
    card.unwrap(read);
    const info = card.seal({ data: concat(Uint8Array.of(1), new Uint8Array(15)), sw: 0x9000 });
    expect({
      ...shown,
      verify: hex(verify.data),
      wrong: hex(wrong),
      read: hex(read.data),
      info: hex(info),
    }).toMatchInlineSnapshot(`
      {
        "enc": "4ff3f05a8de84e1972374d2773d45fe2",
        "info": "993479e69cc299d4908f84783ad0e1b591ae8e91c2db628e4e930a35fcf351fb851c797c0f9606bffadf967c5555b154",
        "mac": "801383a4e83e9a77acc210c0247c18e3",
        "read": "8c2b00b642e11b85a1c1e8cec134c9b8",
        "receipt": "af8c569e778fcb5916cbef4b9ed9ae87",
        "rmac": "d205bdeeb6dd4cc3cda3974fd702c5fa",
        "transcript": "2472271cf8c2baeb8cd9780c38a4ec16811340a832af4c262dca6d89ed33cedf",
        "verify": "368007972cfdd2ec3809e8bf002abf0b4db343197ff2e0fee5c46b664d87f2b1",
        "wrong": "49d3d0470c41d42338231ae4d366c066e49aa2d95ac1ee32472c1d85f8bba334",
      }
    `);
  });
});
