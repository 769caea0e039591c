/**
 * The warrant omega: who may collect medicine for whom, until when, how much, where, with the bureau's approval of the agent (proxysig note,
 * "Delegation"). One encoding: equal contents are equal bytes.
 *
 * ```
 * lp1("NHI-WARRANT-V1" or "-V2") ‖ PID_P(16) ‖ H256(SPKI_P)(32) ‖ AID_A(16) ‖ H256(SPKI_A)(32) ‖ notBefore(4) ‖ notAfter(4) ‖ serial(16)
 * ‖ uses(1) ‖ k(1) ‖ k pharmacies(5, binary coded decimal, ascending) ‖ m(1) ‖ m R_X_ID(16, ascending) ‖ approval: notAfter(4) ‖ signature(64)
 * ```
 * uses: how many pickups it allows, 1 to 255. No pharmacy named: any; no R_X_ID named: any of the holder's.
 * V1: the patient's card signs alone, and never for controlled drugs. V2: only both cards together sign (two-party.ts), for these too.
 * @module
 */
import { digitsOf } from '../common/bcd.ts';
import { compareBytes, concat, equalBytes, lp1, readUint, uint } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';
import { ProxysigError } from './proxysig-error.ts';

/** Contents of a warrant. Times are seconds since 1970. */
export interface Warrant {
  /** Version 2: neither card signs alone, and controlled drugs may be collected. Absent in version 1. */
  readonly twoParty?: true;
  /** PID_P, 16 bytes. */
  readonly pid: Uint8Array;
  /** SHA-256 of the SubjectPublicKeyInfo of PK_P and of PK_A, 32 bytes each. */
  readonly patientKeyHash: Uint8Array;
  readonly agentKeyHash: Uint8Array;
  /** AID_A, the agent's pseudonym, 16 bytes. */
  readonly agentId: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
  /** 16 bytes; names the warrant in the bureau's list of erased ones. */
  readonly serial: Uint8Array;
  readonly uses: number;
  /** 5 bytes each; at most {@link PHARMACIES_MAX}. */
  readonly pharmacies: readonly Uint8Array[];
  /** 16 bytes each; at most {@link PRESCRIPTIONS_MAX}. */
  readonly prescriptions: readonly Uint8Array[];
  readonly approval: Approval;
}

/** The bureau's word that this person may be this patient's agent until then; r ‖ s over {@link approvalBody}. */
export interface Approval {
  readonly notAfter: number;
  readonly signature: Uint8Array;
}

/** What fits a record of EF WARRANT beside R_P, R_A and PK_A. */
const PHARMACIES_MAX = 4;
const PRESCRIPTIONS_MAX = 10;

const HEAD = lp1('NHI-WARRANT-V1');
const HEAD_TWO_PARTY = lp1('NHI-WARRANT-V2');

const malformed = (what: string): ProxysigError => new ProxysigError('WARRANT_MALFORMED', `warrant: ${what}`);

/** What the bureau signs to approve an agent. */
export const approvalBody = ({
  pid,
  agentId,
  agentKeyHash,
  serial,
  notAfter,
}: Pick<Warrant, 'pid' | 'agentId' | 'agentKeyHash' | 'serial'> & { readonly notAfter: number }): Uint8Array =>
  concat(lp1('NHI-AGENT-APPROVAL-V1'), pid, agentId, agentKeyHash, serial, uint(notAfter, 4));

const ascending = (list: readonly Uint8Array[]): boolean =>
  list.every((one, i) => i === 0 || compareBytes(list[i - 1] ?? one, one) < 0);

function check(warrant: Warrant): void {
  const { pid, patientKeyHash, agentKeyHash, agentId, serial, approval, pharmacies, prescriptions } = warrant;
  if (pid.length !== 16 || agentId.length !== 16 || serial.length !== 16) throw malformed('an identifier');
  if (patientKeyHash.length !== 32 || agentKeyHash.length !== 32) throw malformed('a key hash');
  if (equalBytes(patientKeyHash, agentKeyHash)) throw malformed('nobody is agent of oneself');
  if (warrant.notBefore > warrant.notAfter) throw malformed('a term that ends before it begins');
  if (!Number.isInteger(warrant.uses) || warrant.uses < 1 || warrant.uses > 255) throw malformed('uses');
  if (pharmacies.length > PHARMACIES_MAX || prescriptions.length > PRESCRIPTIONS_MAX)
    throw malformed('a list too long');
  if (pharmacies.some((one) => one.length !== 5 || digitsOf(one) === undefined)) throw malformed('a pharmacy');
  if (prescriptions.some((one) => one.length !== 16)) throw malformed('a prescription');
  if (!ascending(pharmacies) || !ascending(prescriptions)) throw malformed('a list out of order');
  if (approval.signature.length !== 64) throw malformed('the approval');
}

/** The bytes of a warrant. Throws WARRANT_MALFORMED for contents out of shape, and lists that do not ascend. */
export function encodeWarrant(warrant: Warrant): Uint8Array {
  check(warrant);
  return concat(
    warrant.twoParty === true ? HEAD_TWO_PARTY : HEAD,
    warrant.pid,
    warrant.patientKeyHash,
    warrant.agentId,
    warrant.agentKeyHash,
    uint(warrant.notBefore, 4),
    uint(warrant.notAfter, 4),
    warrant.serial,
    uint(warrant.uses, 1),
    uint(warrant.pharmacies.length, 1),
    ...warrant.pharmacies,
    uint(warrant.prescriptions.length, 1),
    ...warrant.prescriptions,
    uint(warrant.approval.notAfter, 4),
    warrant.approval.signature,
  );
}

/** Reads a warrant; throws WARRANT_MALFORMED for anything {@link encodeWarrant} cannot have made. No signature is checked. */
export function decodeWarrant(bytes: Uint8Array): Warrant {
  let at = 0;
  const take = (length: number): Uint8Array => {
    const part = bytes.slice(at, at + length);
    if (part.length !== length) throw malformed('cut off');
    at += length;
    return part;
  };
  const list = (size: number): Uint8Array[] => Array.from({ length: take(1)[0] ?? 0 }, () => take(size));
  const twoParty = isTwoParty(bytes);
  const head = take(HEAD.length);
  if (!twoParty && !equalBytes(head, HEAD)) throw malformed('head');
  const warrant: Warrant = {
    ...(twoParty ? { twoParty } : {}),
    pid: take(16),
    patientKeyHash: take(32),
    agentId: take(16),
    agentKeyHash: take(32),
    notBefore: readUint(take(4)),
    notAfter: readUint(take(4)),
    serial: take(16),
    uses: take(1)[0] ?? 0,
    pharmacies: list(5),
    prescriptions: list(16),
    approval: { notAfter: readUint(take(4)), signature: take(64) },
  };
  if (at !== bytes.length) throw malformed('something follows');
  check(warrant);
  return warrant;
}

/** Are these the bytes of a warrant under which only both cards sign? Looks at the head alone. */
export const isTwoParty = (omega: Uint8Array): boolean =>
  equalBytes(omega.subarray(0, HEAD_TWO_PARTY.length), HEAD_TWO_PARTY);

/** W = H256(omega ‖ R_P ‖ R_A): names a delegation; stands in a pickup object. `R_P` and `R_A` have 33 bytes. */
export const delegationHash = (omega: Uint8Array, rP: Uint8Array, rA: Uint8Array): Uint8Array => h256(omega, rP, rA);
