/**
 * The published vectors of FROST(P-256, SHA-256), RFC 9591, appendix E, through the arithmetic that signs our pickups: our hashes differ, what is
 * done with them does not. The hashes of the RFC (section 6.4) are made here.
 */
import { p256_FROST } from '@noble/curves/nist.js';
import { describe, expect, it } from 'vitest';
import { concat, fromHex, hex, utf8 } from '../common/bytes.ts';
import { bytes32, h256, hashToScalar } from '../common/hash.ts';
import { boundNonce, isSignatureShare, signatureShare } from './frost.ts';
import { baseTimes, modN, ORDER, pointBytes, readPoint, readScalar } from './p256-group.ts';
import { known } from './proxysig.fixture.ts';

const RFC = {
  message: '74657374',
  groupKey: '023a309ad94e9fe8a7ba45dfc58f38bf091959d3c99cfbd02b4dc00585ec45ab70',
  groupSecret: '8ba9bba2e0fd8c4767154d35a0b7562244a4aaf6f36c8fb8735fa48b301bd8de',
  signers: [
    {
      identifier: 1n,
      share: '0c9c1a0fe806c184add50bbdcac913dda73e482daf95dcb9f35dbb0d8a9f7731',
      hiding: 'a5d80a9eb6454a912473d129effd1eb6610ab556fbb2d198594947ea87be88bf',
      binding: '224bf61f1b423a20d1e4e74d6de7f6fe492488067c6f3b36b0aba601ae74eae1',
      hidingCommitment: '0211fe5268b9341f6de336fbb797effb21160bc836be0a7521ba02864019c94e97',
      bindingCommitment: '03022d2adb2825f4233c21e6a182a91078368bc6b6b2736586a016d2656a14937a',
      factor: 'f3524ed2b393ae51a66c8de55b65bea32532d7d90e34a6419ec32ea42201b846',
      signatureShare: '3913cccb804dd81498c9f2873ce7f7d39accf7def963ee2e18817955462ca88a',
    },
    {
      identifier: 3n,
      share: '0e80d6e8f6192c003b5488ce1eec8f5429587d48cf001541e713b2d53c09d928',
      hiding: '9a98a4bb403c55b194c470b4f05a11bf240b770e4ef8730c83f737a3308b5f01',
      binding: '6d18b61b5353af66f9ebee38fda169d7c01f0b2a51fc68ed7a526a79ed87eb86',
      hidingCommitment: '02d4bfd0ce577be72c1e9d1dd981490a15bf56518d194db0b61bfb3deb00c85d21',
      bindingCommitment: '02a03c9990a3f79be07da4531ea8e2e90afbaf74ea31731f6d98113370a003f804',
      factor: 'a44f422051188cb7b48e8a326b961cef99ab1bd47d8425a130794767e7c7bc05',
      signatureShare: '9149aa8ac15e6e7481f9e3816135bc9e18de1f5dd1f472073fa00c8ef8e749bb',
    },
  ],
  signature:
    '02aea65143565d19f2811d6c1d7a7486fdd57dd3f6b08d8653ca260ec0ebe00b61' +
    'ca5d775641ac46891ac3d6089e1db471b3ab173ccb586035582185e43f13f245',
} as const;

const CONTEXT = 'FROST-P256-SHA256-v1';
const scalar = (text: string): bigint => known(readScalar(fromHex(text)));
const point = (text: string) => known(readPoint(fromHex(text)));
const tagged = (tag: string, message: Uint8Array): Uint8Array => h256(utf8(`${CONTEXT}${tag}`), message);
const inverse = (value: bigint): bigint => {
  let result = 1n;
  for (let [power, rest] = [modN(value), ORDER - 2n]; rest > 0n; rest >>= 1n, power = modN(power * power))
    if (rest & 1n) result = modN(result * power);
  return result;
};
/** Lagrange coefficient at 0 for signers 1 and 3. */
const lambda = (own: bigint, other: bigint): bigint => modN(other * inverse(other - own));

const [first, second] = RFC.signers;
const message = fromHex(RFC.message);
const list = concat(
  ...RFC.signers.map((one) =>
    concat(bytes32(one.identifier), fromHex(one.hidingCommitment), fromHex(one.bindingCommitment)),
  ),
);
const factorOf = (identifier: bigint): bigint =>
  hashToScalar(
    concat(fromHex(RFC.groupKey), tagged('msg', message), tagged('com', list), bytes32(identifier)),
    `${CONTEXT}rho`,
    ORDER,
  );
const bound = (one: (typeof RFC.signers)[number]) =>
  boundNonce({
    hiding: point(one.hidingCommitment),
    binding: point(one.bindingCommitment),
    factor: factorOf(one.identifier),
  });
const nonce = pointBytes(bound(first).add(bound(second)));
const challenge = hashToScalar(concat(nonce, fromHex(RFC.groupKey), message), `${CONTEXT}chal`, ORDER);
const additive = (one: (typeof RFC.signers)[number], other: (typeof RFC.signers)[number]): bigint =>
  modN(lambda(one.identifier, other.identifier) * scalar(one.share));

describe('FROST(P-256, SHA-256) of RFC 9591', () => {
  it('has these commitments and binding factors', () => {
    for (const one of RFC.signers) {
      expect(hex(pointBytes(baseTimes(scalar(one.hiding))))).toBe(one.hidingCommitment);
      expect(hex(pointBytes(baseTimes(scalar(one.binding))))).toBe(one.bindingCommitment);
      expect(hex(bytes32(factorOf(one.identifier)))).toBe(one.factor);
    }
  });

  it('has these signature shares, which hold, and this signature', () => {
    const shares = [
      [first, second],
      [second, first],
    ] as const;
    const answers = shares.map(([one, other]) => {
      const share = additive(one, other);
      const nonces = { hiding: scalar(one.hiding), binding: scalar(one.binding) };
      const z = signatureShare(nonces, factorOf(one.identifier), challenge, share);
      expect(hex(bytes32(z))).toBe(one.signatureShare);
      expect(isSignatureShare(z, bound(one), challenge, baseTimes(share))).toBe(true);
      expect(isSignatureShare(modN(z + 1n), bound(one), challenge, baseTimes(share))).toBe(false);
      expect(isSignatureShare(z, bound(other), challenge, baseTimes(share))).toBe(false);
      return z;
    });
    // With their coefficients the shares are additive, as ours are.
    expect(hex(bytes32(modN(additive(first, second) + additive(second, first))))).toBe(RFC.groupSecret);
    const s = modN(answers.reduce((sum, z) => sum + z, 0n));
    expect(hex(concat(nonce, bytes32(s)))).toBe(RFC.signature);
    // s*G = R + c*PK, the equation of verifyProxySignature.
    expect(baseTimes(s).equals(known(readPoint(nonce)).add(point(RFC.groupKey).multiply(challenge)))).toBe(true);
  });

  it('is what another implementation of the RFC accepts', () => {
    expect(p256_FROST.verify(fromHex(RFC.signature), message, fromHex(RFC.groupKey))).toBe(true);
    expect(p256_FROST.verify(fromHex(RFC.signature), utf8('other'), fromHex(RFC.groupKey))).toBe(false);
  });
});
