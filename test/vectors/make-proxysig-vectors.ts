/**
 * All vector files of NHI-PROXY-V1. Run by itself it writes them (`node scripts/write-vectors.ts`).
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { concat, hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { seededRng } from '../../crypto/groupsig/testing/seeded-rng.ts';
import { encodeErasedWarrants, erasedWarrantsBody, erasedWarrantsHash } from '../../crypto/proxysig/erased-warrants.ts';
import { keyPair, signEcdsa } from '../../crypto/proxysig/proxysig.fixture.ts';
import { makeDelegations, makeWarrants } from './make-proxy-delegations.ts';
import { makePickups, makeTwoParty } from './make-proxy-pickups.ts';
import { bad, delegations, first, flip, serials } from './proxysig-material.ts';
import { replaced, vectorFile } from './vector-file.ts';

/** erased-warrants.json */
function makeErased() {
  const bureau = keyPair(seededRng('bureau of the list'));
  const list = { number: 7, issued: 1_900_000_000, serials };
  const signed = (of: typeof list): Uint8Array => encodeErasedWarrants(of, signEcdsa(bureau, erasedWarrantsBody(of)));
  const encoded = signed(list);
  return vectorFile(
    'The list of erased warrants, and byte strings that are none.',
    [
      'number(4) ‖ issued(4) ‖ count(4) ‖ count serials(16), ascending ‖ r ‖ s(64).',
      'ECDSA with SHA-256 over lp1(NHI-ERASED-WARRANTS-V1) ‖ everything before the signature. hash = H256 over lp1(serial) of each.',
    ],
    {
      bureauKey: hex(bureau.point),
      cases: [list, { ...list, number: 8, serials: [] }].map((one) => ({
        ...one,
        serials: one.serials.map(hex),
        list: hex(signed(one)),
        hash: hex(erasedWarrantsHash(one)),
      })),
      named: hex(first),
      notNamed: hex(h256(first).slice(0, 16)),
      invalid: bad(
        ['nothing', new Uint8Array(0)],
        ['one byte less', encoded.slice(0, -1)],
        ['one byte more', concat(encoded, Uint8Array.of(0))],
        ['another count', flip(encoded, 11)],
        ['a serial number twice', replaced(encoded, 12 + 16, first)],
        ['out of order', replaced(encoded, 12, new Uint8Array(16).fill(0xff))],
        ['another number', flip(encoded, 3)],
        ['another time', flip(encoded, 7)],
        ['another signature', flip(encoded, encoded.length - 1)],
      ),
    },
    'NHI-PROXY-V1',
  );
}

/** File name without `.json` -> content. */
export function makeProxysigVectors() {
  const both = delegations();
  return {
    delegation: makeDelegations(both),
    warrant: makeWarrants(both),
    pickup: makePickups(both),
    'two-party': makeTwoParty(both),
    'erased-warrants': makeErased(),
  };
}
export type ProxysigVectors = ReturnType<typeof makeProxysigVectors>;

/** Where the files lie. */
export const PROXYSIG_FOLDER = join(import.meta.dirname, 'proxysig');

if (import.meta.main) {
  mkdirSync(PROXYSIG_FOLDER, { recursive: true });
  for (const [name, content] of Object.entries(makeProxysigVectors()))
    writeFileSync(join(PROXYSIG_FOLDER, `${name}.json`), `${JSON.stringify(content, null, 2)}\n`);
}
