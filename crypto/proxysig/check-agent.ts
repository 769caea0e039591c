/**
 * May this person collect for that one, here, now, this prescription? Everything about a delegation but the signature of one pickup; the same
 * at the bureau and at a pharmacy without a line (proxysig note, "Pickup" and "Revocation").
 * @module
 */
import { equalBytes } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';
import { deriveProxyKey } from './delegation.ts';
import { ageOf, type ErasedWarrants, erasedWarrantsHash, isErased } from './erased-warrants.ts';
import { isEcdsaSigned, keyOfSpki, POINT_LENGTH, type Point } from './p256-group.ts';
import type { ProxyKeyCache } from './proxy-key-cache.ts';
import { ProxysigError } from './proxysig-error.ts';
import { approvalBody, decodeWarrant, delegationHash, type Warrant } from './warrant.ts';

/** Why an agent is refused. */
export const AGENT_REFUSALS = [
  'PICKUP_MALFORMED',
  'WARRANT_MALFORMED',
  'WARRANT_FOREIGN',
  'WARRANT_UNAPPROVED',
  'WARRANT_NOT_YET',
  'WARRANT_EXPIRED',
  'ERASED_LIST_STALE',
  'WARRANT_ERASED',
  'WARRANT_SCOPE',
  'CONTROLLED_NEEDS_BOTH',
  'SIGNATURE_INVALID',
] as const;

/** One of {@link AGENT_REFUSALS}. */
export type AgentRefusal = (typeof AGENT_REFUSALS)[number];

/** What is on the table. That both certificates are valid and unrevoked is the caller's to know. */
export interface AgentPapers {
  /** PID_P (16 bytes) and key of PCert_P; the agent's key: SubjectPublicKeyInfo as in the certificates. */
  readonly pid: Uint8Array;
  readonly patientSpki: Uint8Array;
  readonly agentSpki: Uint8Array;
  /** The warrant's bytes, and the two nonces of 33 bytes, as EF WARRANT has them. */
  readonly omega: Uint8Array;
  readonly rP: Uint8Array;
  readonly rA: Uint8Array;
}

/** What is to be collected. */
export interface AgentMatter {
  /** R_X_ID, 16 bytes. */
  readonly rxId: Uint8Array;
  /** 5 bytes of binary coded decimal. */
  readonly pharmacy: Uint8Array;
  readonly controlled: boolean;
}

/** What the verifier goes by. Times are seconds since 1970. */
export interface AgentTrust {
  /** The key of the bureau's tokens, 33 or 65 bytes. */
  readonly bureauKey: Uint8Array;
  /** The newest list the verifier holds, as `readErasedWarrants` answered it. */
  readonly erased: ErasedWarrants;
  /** The hash of revoked warrants in the newest epoch head, where there is one: the list must be that one. */
  readonly revokedWarrants?: Uint8Array;
  /** A list older than so many seconds is not asked. */
  readonly maxListAge: number;
  readonly now: number;
  readonly cache?: ProxyKeyCache;
}

/** Yes with what was found, or no with the reason. `listAge` in seconds. */
export type AgentVerdict =
  | {
      readonly ok: true;
      readonly warrant: Warrant;
      /** W, 32 bytes. */
      readonly delegation: Uint8Array;
      readonly proxyKey: Point;
      readonly listAge: number;
    }
  | { readonly ok: false; readonly code: AgentRefusal };

const refused = (code: AgentRefusal): AgentVerdict => ({ ok: false, code });

function readWarrant(omega: Uint8Array): Warrant | undefined {
  try {
    return decodeWarrant(omega);
  } catch (error) {
    if (error instanceof ProxysigError) return undefined;
    throw error;
  }
}

const names = (list: readonly Uint8Array[], one: Uint8Array): boolean =>
  list.length === 0 || list.some((named) => equalBytes(named, one));

/** The first reason why the warrant does not cover the matter at that time; undefined when it does. What a card asks, too. */
export function scopeRefusal(
  warrant: Warrant,
  { rxId, pharmacy, controlled }: AgentMatter,
  now: number,
): AgentRefusal | undefined {
  if (now < warrant.notBefore) return 'WARRANT_NOT_YET';
  if (now > warrant.notAfter) return 'WARRANT_EXPIRED';
  if (controlled && warrant.twoParty !== true) return 'CONTROLLED_NEEDS_BOTH';
  if (!names(warrant.pharmacies, pharmacy) || !names(warrant.prescriptions, rxId)) return 'WARRANT_SCOPE';
  return undefined;
}

/** Does the warrant speak of these two people and keys? */
const isAbout = (warrant: Warrant, { pid, patientSpki, agentSpki }: AgentPapers): boolean =>
  equalBytes(warrant.pid, pid) &&
  equalBytes(warrant.patientKeyHash, h256(patientSpki)) &&
  equalBytes(warrant.agentKeyHash, h256(agentSpki));

/** Does the bureau's approval hold for this warrant, and to its end? */
function isApproved(warrant: Warrant, bureauKey: Uint8Array): boolean {
  const { approval } = warrant;
  const body = approvalBody({ ...warrant, notAfter: approval.notAfter });
  return warrant.notAfter <= approval.notAfter && isEcdsaSigned(bureauKey, body, approval.signature);
}

/** The key under an approved warrant, or what is wrong. The papers must be about the warrant: W does not name them otherwise. */
function proxyKeyOf(
  warrant: Warrant,
  papers: AgentPapers,
  delegation: Uint8Array,
  { bureauKey, cache }: AgentTrust,
): Point | AgentRefusal {
  const known = cache?.get(delegation, bureauKey);
  if (known !== undefined) return known;
  if (!isApproved(warrant, bureauKey)) return 'WARRANT_UNAPPROVED';
  const [patientKey, agentKey] = [keyOfSpki(papers.patientSpki), keyOfSpki(papers.agentSpki)];
  if (patientKey === undefined || agentKey === undefined) return 'WARRANT_FOREIGN';
  const key = deriveProxyKey({ ...papers, patientKey, agentKey });
  if (key === undefined) return 'WARRANT_MALFORMED';
  cache?.put(delegation, bureauKey, key);
  return key;
}

/** Is the list too old to be asked, or not the one that the newest head names? */
function isStale({ erased, revokedWarrants, maxListAge, now }: AgentTrust): boolean {
  const another = revokedWarrants !== undefined && !equalBytes(erasedWarrantsHash(erased), revokedWarrants);
  return another || ageOf(erased, now) > maxListAge;
}

/**
 * Judges a delegation for one matter. How often the warrant was used is not in it: the patient's card counts, and the bureau counts what it pays.
 * A clock behind the bureau's list counts as the list's time.
 */
export function checkAgent(papers: AgentPapers, matter: AgentMatter, trust: AgentTrust): AgentVerdict {
  const { omega, rP, rA } = papers;
  const warrant = readWarrant(omega);
  // W has no lengths in it: with halves of another length it would name more than one delegation.
  if (warrant === undefined || rP.length !== POINT_LENGTH || rA.length !== POINT_LENGTH)
    return refused('WARRANT_MALFORMED');
  if (!isAbout(warrant, papers)) return refused('WARRANT_FOREIGN');
  const delegation = delegationHash(omega, rP, rA);
  const proxyKey = proxyKeyOf(warrant, papers, delegation, trust);
  if (typeof proxyKey === 'string') return refused(proxyKey);
  // What was erased stays so: a list of any age says no, and only a young one says yes.
  if (isErased(trust.erased, warrant.serial)) return refused('WARRANT_ERASED');
  if (isStale(trust)) return refused('ERASED_LIST_STALE');
  const outside = scopeRefusal(warrant, matter, Math.max(trust.now, trust.erased.issued));
  if (outside !== undefined) return refused(outside);
  return { ok: true, warrant, delegation, proxyKey, listAge: ageOf(trust.erased, trust.now) };
}
