/**
 * The judge: repeats the combination, looks Q up and checks the doctor's own join. A member nobody can show a join for is the issuer's phantom.
 * @module
 */
import type { AbortSignalLike } from '../common/abort-signal-like.ts';
import { equalBytes } from '../common/bytes.ts';
import type { GroupBackend } from './backend.ts';
import { combineShares } from './combine.ts';
import { GroupSigError } from './groupsig-error.ts';
import { decodeJoinStatement, isJoinProofValid, type JoinStatement } from './join.ts';
import type { OpeningCase } from './opening-share.ts';

/** reg[Q]: the join statement J, its proof c and z (32 bytes each), sig_D over J, and Cert_D (DER). */
export interface JoinRecord {
  readonly J: Uint8Array;
  readonly c: Uint8Array;
  readonly z: Uint8Array;
  readonly sigD: Uint8Array;
  readonly certD: Uint8Array;
}

/** What the judge needs from outside. */
export interface JudgeSources {
  /** The first record in the log for Q (48 bytes), if any. */
  lookUp(Q: Uint8Array, signal: AbortSignalLike): Promise<JoinRecord | undefined>;
  /** Is sig_D a signature over J under Cert_D, Cert_D valid at joining and naming `doctorId`, and the record in the log? */
  isRecordAuthentic(record: JoinRecord, doctorId: Uint8Array, signal: AbortSignalLike): Promise<boolean>;
}

/** The answer; `reason` says why the issuer is blamed. */
export type Verdict =
  | { readonly blame: 'doctor'; readonly doctorId: Uint8Array; readonly Q: Uint8Array; readonly record: JoinRecord }
  | { readonly blame: 'issuer'; readonly reason: 'NO_RECORD' | 'RECORD_INVALID'; readonly Q: Uint8Array };

function statementOf(record: JoinRecord): JoinStatement | undefined {
  try {
    return decodeJoinStatement(record.J);
  } catch (error) {
    // A registry with garbage in it proves nothing against a doctor.
    if (error instanceof GroupSigError) return undefined;
    throw error;
  }
}

/** Rejects with the codes of combineShares; otherwise names the doctor only with a complete, authentic join for this Q and this group. */
export async function judge(
  backend: GroupBackend,
  opening: OpeningCase,
  shares: readonly Uint8Array[],
  sources: JudgeSources,
  signal: AbortSignalLike,
): Promise<Verdict> {
  const Q = combineShares(backend, opening, shares);
  const record = await sources.lookUp(Q, signal);
  if (record === undefined) return { blame: 'issuer', reason: 'NO_RECORD', Q };
  const statement = statementOf(record);
  const proven =
    statement !== undefined &&
    equalBytes(statement.Q, Q) &&
    equalBytes(statement.pkh, opening.groupKey.pkh) &&
    isJoinProofValid(backend, record) &&
    (await sources.isRecordAuthentic(record, statement.doctorId, signal));
  return proven
    ? { blame: 'doctor', doctorId: statement.doctorId, Q, record }
    : { blame: 'issuer', reason: 'RECORD_INVALID', Q };
}
