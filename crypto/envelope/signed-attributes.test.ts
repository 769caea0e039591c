import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../common/bytes.ts';
import { encodeDer, integer, octets, oid, sequence, setOf, tlv, utf8String } from '../common/der-write.ts';
import { IMIS_OID } from '../common/oids.ts';
import { OID } from '../common/standard-oids.ts';
import { codeOf, NOW } from '../pki/pki.fixture.ts';
import { contextFor, nhiContext } from './envelope.fixture.ts';
import { decodeImisContext, encodeImisContext } from './imis-context.ts';
import { viewNhiContext } from './nhi-context.ts';
import { encodeSignedAttributes, readSignedAttributes, type SignedAttributes } from './signed-attributes.ts';

const context = contextFor(utf8('a key'));
const common = { contentType: IMIS_OID.jsonContent, messageDigest: new Uint8Array(32).fill(5) };
const p256: SignedAttributes = { ...common, kind: 'p256', signingTime: NOW, context };
const group: SignedAttributes = { ...common, kind: 'group', ctx: nhiContext(1, new Uint8Array(32).fill(6)) };

const attribute = (type: string, ...values: Parameters<typeof setOf>[0]) => sequence(oid(type), setOf(values));
const contentType = attribute(OID.contentType, oid(IMIS_OID.jsonContent));
const digest = attribute(OID.messageDigest, octets(common.messageDigest));
const ctx = attribute(IMIS_OID.nhiContext, octets(nhiContext(1, new Uint8Array(32))));
const readSet = (...members: Parameters<typeof setOf>[0]) =>
  codeOf(() => readSignedAttributes(encodeDer(setOf(members))));

describe('the imis-context', () => {
  it('round trips, with and without a patient', () => {
    expect(decodeImisContext(encodeImisContext(context))).toEqual(context);
    const nobody = { ...context, pid: new Uint8Array(0), pcertHash: new Uint8Array(0) };
    expect(decodeImisContext(encodeImisContext(nobody))).toEqual(nobody);
  });

  it('has fields of fixed length', async () => {
    for (const wrong of [
      { version: 0 },
      { version: 65_536 },
      { type: '' },
      { type: '報到' },
      { messageId: new Uint8Array(15) },
      { senderTerminal: new Uint8Array(0) },
      { recipient: new Uint8Array(31) },
      { pid: new Uint8Array(1) },
      { pcertHash: new Uint8Array(16) },
    ]) {
      expect(() => encodeImisContext({ ...context, ...wrong })).toThrow(RangeError);
    }
    const der = encodeImisContext(context);
    expect(await codeOf(() => decodeImisContext(concat(der, Uint8Array.of(0))))).toBe('CONTEXT_MALFORMED');
    expect(await codeOf(() => decodeImisContext(der.subarray(0, 20)))).toBe('CONTEXT_MALFORMED');
    const short = encodeDer(sequence(integer(1), utf8String('t'), octets(new Uint8Array(8))));
    expect(await codeOf(() => decodeImisContext(short))).toBe('CONTEXT_MALFORMED');
  });
});

describe('the ctx', () => {
  it('is cut at the offsets of the scheme', () => {
    const view = viewNhiContext(nhiContext(3, new Uint8Array(32).fill(6)));
    expect(view).toMatchObject({
      version: 1,
      purpose: 3,
      audience: new Uint8Array(32).fill(6),
      sid: new Uint8Array(16).fill(8),
    });
    expect(() => viewNhiContext(new Uint8Array(73))).toThrow(RangeError);
  });
});

describe('signed attributes', () => {
  it('round trip in both sets', () => {
    expect(readSignedAttributes(encodeSignedAttributes(p256))).toEqual(p256);
    expect(readSignedAttributes(encodeSignedAttributes(group))).toEqual(group);
  });

  it('are refused when one is missing, too many, or twice', async () => {
    const context2 = attribute(IMIS_OID.imisContext, encodeImisContext(context));
    const time = attribute(OID.signingTime, tlv(0x17, utf8('260301000000Z')));
    expect(await readSet(contentType, digest, ctx)).toBeUndefined();
    expect(await readSet(contentType, digest, time, context2)).toBeUndefined();
    expect(await readSet(contentType, digest)).toBe('ATTRIBUTES_REFUSED');
    expect(await readSet(contentType, ctx)).toBe('ATTRIBUTES_REFUSED');
    expect(await readSet(digest, ctx)).toBe('ATTRIBUTES_REFUSED');
    expect(await readSet(contentType, digest, context2)).toBe('ATTRIBUTES_REFUSED');
    // A time would help to name the doctor.
    expect(await readSet(contentType, digest, ctx, time)).toBe('ATTRIBUTES_REFUSED');
    expect(await readSet(contentType, digest, ctx, context2)).toBe('ATTRIBUTES_REFUSED');
    expect(await readSet(contentType, digest, ctx, attribute('1.2.3', integer(1)))).toBe('ATTRIBUTES_REFUSED');
    expect(await readSet(contentType, digest, digest, ctx)).toBe('ATTRIBUTES_REFUSED');
    const other = attribute(OID.messageDigest, octets(new Uint8Array(32)));
    expect(await readSet(contentType, digest, other, ctx)).toBe('ATTRIBUTES_REFUSED');
    const two = attribute(OID.messageDigest, octets(new Uint8Array(32)), octets(new Uint8Array(32).fill(1)));
    expect(await readSet(contentType, two, ctx)).toBe('ATTRIBUTES_REFUSED');
  });

  it('are refused in another order, form or length', async () => {
    const [a, b, c] = [contentType, digest, ctx].map(encodeDer);
    if (a === undefined || b === undefined || c === undefined) expect.fail();
    const shuffled = encodeDer(tlv(0x31, c, b, a));
    expect(await codeOf(() => readSignedAttributes(shuffled))).toBe('ATTRIBUTES_REFUSED');
    expect(await codeOf(() => readSignedAttributes(encodeDer(setOf([a, b, c], 0xa0))))).toBe('ATTRIBUTES_REFUSED');
    const short = attribute(IMIS_OID.nhiContext, octets(new Uint8Array(73)));
    expect(await readSet(contentType, digest, short)).toBe('ATTRIBUTES_REFUSED');
    expect(await readSet(contentType, attribute(OID.messageDigest, octets(new Uint8Array(20))), ctx)).toBe(
      'ATTRIBUTES_REFUSED',
    );
  });
});
