/**
 * Vectors of epoch heads: encoding, hash, what the bureau signs, the chain, and heads that are none.
 * @module
 */
import { concat, hex, uint } from '../../crypto/common/bytes.ts';
import {
  decodeEpochHead,
  type EpochHeadFields,
  encodeEpochHead,
  epochHeadStatement,
  revokedHash,
} from '../../crypto/groupsig/epoch-head.ts';
import { at, flipped } from '../../crypto/groupsig/testing/sample-group.ts';
import { replaced, vectorFile } from './vector-file.ts';
import { hashOf, type VectorGroup } from './vector-group.ts';

const DAY = 86_400_000;
const MIDNIGHT = 20_400 * DAY;
const REVOKED = { warrants: [Uint8Array.of(2), Uint8Array.of(1, 2, 3)], cards: [] as readonly Uint8Array[] };
const ROWS_AT = 156;

function headsOf(pkh: Uint8Array): readonly EpochHeadFields[] {
  const first: EpochHeadFields = {
    pkh,
    epoch: { day: 20_400, seq: 0 },
    emergency: false,
    issuedAt: MIDNIGHT - DAY / 2,
    notBefore: MIDNIGHT,
    notAfter: MIDNIGHT + DAY,
    previous: new Uint8Array(32),
    revokedWarrants: revokedHash(REVOKED.warrants),
    revokedCards: revokedHash(REVOKED.cards),
    classes: [
      { classNumber: 1, servedBy: 1, entries: 61_440, bundleHash: hashOf('bundle of class 1') },
      { classNumber: 2, servedBy: 1, entries: 0, bundleHash: new Uint8Array(32) },
      { classNumber: 3, servedBy: 3, entries: 4096, bundleHash: hashOf('bundle of class 3') },
    ],
  };
  const early: EpochHeadFields = {
    ...first,
    epoch: { day: 20_400, seq: 1 },
    emergency: true,
    issuedAt: MIDNIGHT + DAY / 3,
    notBefore: MIDNIGHT + DAY / 3,
    previous: decodeEpochHead(encodeEpochHead(first)).hash,
    classes: first.classes.slice(0, 1),
  };
  return [first, early];
}

/** epoch-head.json */
export function makeEpochHeads({ groupKey }: VectorGroup) {
  const heads = headsOf(groupKey.pkh);
  const encoded = heads.map(encodeEpochHead);
  const [first, early] = [at(encoded, 0), at(encoded, 1)];
  const put = (offset: number, part: Uint8Array): Uint8Array => replaced(first, offset, part);
  const row = (i: number): Uint8Array => first.slice(ROWS_AT + 40 * i, ROWS_AT + 40 * (i + 1));
  const invalid: readonly (readonly [string, Uint8Array])[] = [
    ['version 2', put(0, Uint8Array.of(2))],
    ['an unknown flag', put(1, Uint8Array.of(2))],
    ['one byte short', first.slice(0, -1)],
    ['one byte long', concat(first, Uint8Array.of(0))],
    ['one row announced too many', put(ROWS_AT - 2, uint(4, 2))],
    ['shorter than the part before the rows', first.slice(0, ROWS_AT - 1)],
    ['it ends when it begins', put(52, uint(MIDNIGHT, 6))],
    ['it begins before it was issued', put(40, uint(MIDNIGHT + 1, 6))],
    ['rows in descending order', put(ROWS_AT, concat(row(2), row(1), row(0)))],
    ['one class twice', put(ROWS_AT + 40, row(0))],
    ['a class of its own without entries', put(ROWS_AT + 4, uint(0, 4))],
    ['a merged class with entries', put(ROWS_AT + 44, uint(4096, 4))],
    ['a merged class with a hash', flipped(first, ROWS_AT + 48)],
    ['merged into a class that is not there', put(ROWS_AT + 42, uint(9, 2))],
    ['merged into a merged class', put(ROWS_AT + 80, concat(uint(3, 2), uint(2, 2), new Uint8Array(36)))],
  ];
  const chains: readonly (readonly [string, readonly Uint8Array[]])[] = [
    ['no head', []],
    ['the later head first', [early, first]],
    [
      'a head is missing between them',
      [first, encodeEpochHead({ ...at(heads, 1), previous: hashOf('a head in between') })],
    ],
    ['a head of another group', [first, encodeEpochHead({ ...at(heads, 1), pkh: hashOf('another group') })]],
    ['one epoch twice', [first, encodeEpochHead({ ...at(heads, 1), epoch: at(heads, 0).epoch })]],
  ];
  return vectorFile(
    'Epoch heads, the chain they form, and heads and chains to be refused.',
    [
      'encoded = 01 ‖ flags(1; 1 = emergency) ‖ pkh ‖ day(4) ‖ seq(2) ‖ issuedAt(6) ‖ notBefore(6) ‖ notAfter(6) ‖ previous(32) ‖',
      'revokedWarrants(32) ‖ revokedCards(32) ‖ k(2) ‖ k rows of class(2) ‖ servedBy(2) ‖ entries(4) ‖ bundleHash(32). Instants in ms since 1970.',
      'hash = SHA-256(encoded); the next head has it as previous. The bureau signs statement = lp1("NHI-EPOCH-HEAD-V1") ‖ encoded.',
      'revoked hash = SHA-256 over lp1(id) of each id, sorted as bytes.',
    ],
    {
      revoked: Object.values(REVOKED).map((ids) => ({ ids: ids.map(hex), hash: hex(revokedHash(ids)) })),
      cases: heads.map((head, i) => ({
        ...head,
        pkh: hex(head.pkh),
        previous: hex(head.previous),
        revokedWarrants: hex(head.revokedWarrants),
        revokedCards: hex(head.revokedCards),
        classes: head.classes.map((one) => ({ ...one, bundleHash: hex(one.bundleHash) })),
        encoded: hex(at(encoded, i)),
        hash: hex(decodeEpochHead(at(encoded, i)).hash),
        statement: hex(epochHeadStatement(at(encoded, i))),
      })),
      invalid: invalid.map(([why, bytes]) => ({ why, encoded: hex(bytes) })),
      chain: encoded.map(hex),
      invalidChains: chains.map(([why, chain]) => ({ why, chain: chain.map(hex) })),
    },
  );
}
