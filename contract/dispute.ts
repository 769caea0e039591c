/**
 * The opening of a signature, in files that can travel by hand: the case (what is to be opened, and the bureau's signed order), an officer's
 * share, and the proof that anybody can check (groupsig note, "Opening (t of n) and judge"). No medical record is in any of them: an
 * officer sees the hash of what was signed, and nothing else of it.
 * @module
 */
import { z } from 'zod';
import { Base64, Hash32, Instant, MESSAGE_HEAD } from './formats.ts';

/** A court's or the bureau's own file number. */
export const CaseId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/u);

/** What the bureau signs: open this signature, for this reason, with these openers. */
export const OpeningOrder = z.strictObject({
  type: z.literal('opening-order'),
  ...MESSAGE_HEAD,
  caseId: CaseId,
  /** H256(ctx ‖ H_M ‖ core) of the signature. */
  messageId: Hash32,
  /** H256(OS_v): whose shares count. */
  openerSet: Hash32,
  /** H256(EH) of the epoch the signature belongs to. */
  epochHead: Hash32,
  /** H256 of the order before it in this case, whose openers have handed their shares on; null for the first. */
  supersedes: Hash32.nullable(),
  reason: z.string().min(1).max(500),
  /** Serial number of the staff certificate of whoever gave the order, or `administrator`. */
  orderedBy: z.string().min(1).max(64),
  at: Instant,
});
export type OpeningOrder = z.infer<typeof OpeningOrder>;

/** A case: everything an officer needs to decide and to make a share. */
export const CaseFile = z.strictObject({
  type: z.literal('opening-case'),
  version: z.literal(1),
  /** DER of SignedData over {@link OpeningOrder}, by the bureau's signing key. */
  order: Base64,
  /** 74 bytes. */
  ctx: Base64,
  /** H_M. */
  messageHash: Hash32,
  /** sigma, 400 bytes. */
  signature: Base64,
  /** Epoch head EH the signature belongs to, and the group it is of. */
  epochHead: Base64,
  groupKey: Base64,
  groupCertificate: Base64,
  openerSet: Base64,
  /** Shares are sealed to this key. */
  combinerCertificate: Base64,
});
export type CaseFile = z.infer<typeof CaseFile>;

/** An officer's share, sealed to the combiner: the DER of AuthEnvelopedData around 114 bytes that prove themselves. */
export const ShareFile = z.strictObject({
  type: z.literal('opening-share'),
  version: z.literal(1),
  caseId: CaseId,
  sealed: Base64,
});
export type ShareFile = z.infer<typeof ShareFile>;

/** What the bureau signs of its register: who joined with the Q that was found, or that nobody did. */
export const RegisterAnswer = z.strictObject({
  type: z.literal('register-answer'),
  ...MESSAGE_HEAD,
  caseId: CaseId,
  /** H256 of the order that was carried out. */
  order: Hash32,
  /** H256(Q). */
  member: Hash32,
  /** H256 of the join record (crypto/groupsig/join.ts), and when it came; null when nobody joined with this Q. */
  record: Hash32.nullable(),
  joinedAt: Instant.nullable(),
  at: Instant,
});
export type RegisterAnswer = z.infer<typeof RegisterAnswer>;

/** reg[Q]: how a doctor joined. */
const JoinRecordFile = z.strictObject({
  J: Base64,
  c: Hash32,
  z: Hash32,
  /** r ‖ s over J. */
  signature: Base64,
  certificate: Base64,
});

/** The result: t shares and the join record they lead to. Whoever holds it repeats the whole opening. */
export const ProofFile = z.strictObject({
  type: z.literal('opening-proof'),
  version: z.literal(1),
  case: CaseFile,
  /** 114 bytes each. */
  shares: z.array(Base64).min(1),
  /** null when the register has nobody with this Q: then the issuer is to blame. */
  record: JoinRecordFile.nullable(),
  /** DER of SignedData over {@link RegisterAnswer}, by the bureau's signing key: nobody can take the record out, or date it anew. */
  register: Base64,
});
export type ProofFile = z.infer<typeof ProofFile>;

/** How far a case is. */
export const CaseState = z.strictObject({ caseId: CaseId, shares: z.array(z.int()), needed: z.int(), case: CaseFile });
export type CaseState = z.infer<typeof CaseState>;

/** A line of the opening log. */
export const OpeningLogLine = z.strictObject({
  caseId: CaseId,
  messageId: Hash32,
  step: z.enum(['ordered', 'share', 'combined']),
  opener: z.int().nullable(),
  /** Order, share or proof: its SHA-256. */
  hash: Hash32,
  by: z.string(),
  at: Instant,
});

/** What the judge finds. */
export type Judgement =
  | { readonly blame: 'doctor'; readonly doctorId: string; readonly name: string; readonly caseId: string }
  | { readonly blame: 'issuer'; readonly reason: 'NO_RECORD' | 'RECORD_INVALID'; readonly caseId: string };
