import { describe, expect, it } from 'vitest';
import { aesCmac, decryptCbc, encryptBlock, encryptCbc } from './aes.ts';
import { fromHex, hex } from './bytes.ts';

const KEY = fromHex('2b7e151628aed2a6abf7158809cf4f3c');
const MESSAGE = fromHex(
  '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
);

describe('AES-128', () => {
  it.each([
    [0, 'bb1d6929e95937287fa37d129b756746'],
    [16, '070a16b46b4d4144f79bdd9dd04a287c'],
    [40, 'dfa66747de9ae63030ca32611497c827'],
    [64, '51f0bebf7e3b9d92fc49741779363cfe'],
  ])('CMAC of %i bytes: RFC 4493, 4', (length, mac) => {
    expect(hex(aesCmac(KEY, MESSAGE.subarray(0, length)))).toBe(mac);
  });

  it('CBC: NIST SP 800-38A, F.2.1, and back', () => {
    const iv = fromHex('000102030405060708090a0b0c0d0e0f');
    const sealed = encryptCbc(KEY, iv, MESSAGE);
    expect(hex(sealed)).toBe(
      '7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7',
    );
    expect(hex(decryptCbc(KEY, iv, sealed))).toBe(hex(MESSAGE));
  });

  it('one block: NIST SP 800-38A, F.1.1', () => {
    expect(hex(encryptBlock(KEY, MESSAGE.subarray(0, 16)))).toBe('3ad77bb40d7a3660a89ecaf32466ef97');
  });
});
