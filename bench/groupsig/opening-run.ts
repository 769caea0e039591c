/**
 * An opening by three of five officers up to the judge's verdict, with the bureau's own register of members in SQLite.
 * @module
 */
import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { openSqliteStore } from '../../bureau/store/open-sqlite.ts';
import { hex, utf8 } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { combineShares } from '../../crypto/groupsig/combine.ts';
import { type JoinRecord, type JudgeSources, judge } from '../../crypto/groupsig/judge.ts';
import { openPartially } from '../../crypto/groupsig/open.ts';
import type { OpeningCase } from '../../crypto/groupsig/opening-share.ts';
import { at, neverAborted } from '../../crypto/groupsig/testing/sample-group.ts';
import { manyMembers, type SigningGroup } from './signing-group.ts';

/** One signature and the order to open it, the register, and what ends the register. */
export interface OpeningRun {
  /** Three officers, their combiner and the judge, one after the other, each verifying the signature first. */
  open(): Promise<void>;
  /** The same without the combiner: the judge combines too. */
  openForJudge(): Promise<void>;
  close(): Promise<void>;
}

const signal = new AbortController().signal;

/** The register of so many members, in a database in memory, and sources that check sig_D with P-256 as the bureau's do. */
async function createRegister(group: SigningGroup, size: number, doctorKey: KeyObject) {
  const store = await openSqliteStore(':memory:');
  const { joined, doctorId } = at(group.members, 0);
  const sigD = sign('sha256', joined.J, doctorKey);
  const row = (q: string) => ({
    q,
    join_string: joined.J,
    proof_c: joined.c,
    proof_z: joined.z,
    signature: sigD,
    certificate: utf8('Cert_D'),
    doctor_class: 1,
    status: 'active',
    joined_at: 0,
    doctor_id: hex(doctorId),
    attestation: null,
    version: 1,
    type: 'group-member',
    institution: '',
    key_id: hex(group.groupKey.pkh),
  });
  await store.saveMember(row(hex(joined.Q)), [1], '', null, signal);
  for (const Q of manyMembers(group.backend, size - 1)) await store.saveMember(row(hex(Q)), [1], '', null, signal);
  return store;
}

/** `size` members; `close` it afterwards. */
export async function createOpeningRun(group: SigningGroup, size: number): Promise<OpeningRun> {
  const { backend, groupKey, openerSet, ctx, messageHash, dealt } = group;
  const doctor = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const store = await createRegister(group, size, doctor.privateKey);
  const signature = await group.signWhole();
  const opening: OpeningCase = { groupKey, openerSet, ctx, messageHash, signature, orderHash: secureRng(32) };
  const sources: JudgeSources = {
    lookUp: async (Q): Promise<JoinRecord | undefined> => {
      const found = await store.member(hex(Q), signal);
      if (found === undefined) return undefined;
      const { join_string, proof_c, proof_z, signature: sigD, certificate } = found;
      return { J: join_string, c: proof_c, z: proof_z, sigD, certD: certificate };
    },
    isRecordAuthentic: async ({ J, sigD }) => verify('sha256', J, doctor.publicKey, sigD),
  };
  const officers = [1, 3, 5].map((index) => at(dealt.shares, index - 1));
  const shares = (): readonly Uint8Array[] => officers.map((officer) => openPartially(backend, opening, officer));
  const ruling = async (given: readonly Uint8Array[]): Promise<void> => {
    const verdict = await judge(backend, opening, given, sources, neverAborted);
    if (verdict.blame !== 'doctor') throw new Error(`the judge blames the issuer: ${verdict.reason}`);
  };
  return {
    open: async () => {
      const given = shares();
      combineShares(backend, opening, given);
      await ruling(given);
    },
    openForJudge: () => ruling(shares()),
    close: () => store.close(),
  };
}
