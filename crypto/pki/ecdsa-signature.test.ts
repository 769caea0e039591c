import { sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyP256 } from './certificate-signer.ts';
import { ecdsaToDer, verifyRawP256 } from './ecdsa-signature.ts';
import { generateP256 } from './key-store.ts';

describe('the two notations of a signature', () => {
  it('hold for the same message, short r and s included', async () => {
    const key = await generateP256();
    for (let i = 0; i < 300; i++) {
      const message = Uint8Array.of(i & 255, i >> 8);
      const raw = new Uint8Array(sign('sha256', message, { key: key.privateKey, dsaEncoding: 'ieee-p1363' }));
      expect(verifyRawP256(key.spki, message, raw)).toBe(true);
      expect(verifyP256(key.spki, message, ecdsaToDer(raw))).toBe(true);
    }
  });

  it('are refused with another length, another message or another key', async () => {
    const [key, other] = [await generateP256(), await generateP256()];
    const message = Uint8Array.of(1);
    const raw = new Uint8Array(sign('sha256', message, { key: key.privateKey, dsaEncoding: 'ieee-p1363' }));
    expect(verifyRawP256(key.spki, Uint8Array.of(2), raw)).toBe(false);
    expect(verifyRawP256(other.spki, message, raw)).toBe(false);
    expect(verifyRawP256(key.spki, message, raw.subarray(1))).toBe(false);
    expect(() => ecdsaToDer(raw.subarray(1))).toThrow(RangeError);
  });
});
