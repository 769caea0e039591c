/**
 * Small objects the bureau signs for a card, which has neither clock nor network: the time, the holder's insurance standing (card note 3.8),
 * and a challenge for one terminal, which lets the card sign once without a PIN (card note 3.3). The signature is ECDSA P-256 with SHA-256 over the body, r ‖ s, 64 bytes.
 * @module
 */
import { concat, lp1, readUint, uint } from '../common/bytes.ts';
import { ProxysigError } from './proxysig-error.ts';

/** The bureau's time, in seconds since 1970. Encoded: time(4) ‖ signature(64). */
export interface TimeToken {
  readonly time: number;
  readonly signature: Uint8Array;
}

/** Until when the holder's insurance is paid, as known at `issued`; seconds since 1970. Encoded: PID_P(16) ‖ paidUntil(4) ‖ issued(4) ‖ signature(64). */
export interface StandingToken {
  readonly pid: Uint8Array;
  readonly paidUntil: number;
  readonly issued: number;
  readonly signature: Uint8Array;
}

/** A challenge (32 bytes) that the bureau gave a terminal for one card's own challenge. Encoded: challenge(32) ‖ signature(64). */
export interface ChallengeToken {
  readonly challenge: Uint8Array;
  readonly signature: Uint8Array;
}

const SIGNATURE = 64;

/** What the bureau signs to say the time. */
export const timeBody = (time: number): Uint8Array => concat(lp1('NHI-TIME-V1'), uint(time, 4));

/** What the bureau signs to say a standing. */
export const standingBody = ({ pid, paidUntil, issued }: Omit<StandingToken, 'signature'>): Uint8Array =>
  concat(lp1('NHI-STANDING-V1'), sized(pid, 16), uint(paidUntil, 4), uint(issued, 4));

/** What the bureau signs for a challenge (32 bytes): for the terminal (16) and the card that asked, by its own fresh challenge (16). */
export const challengeBody = (challenge: Uint8Array, terminal: Uint8Array, cardChallenge: Uint8Array): Uint8Array =>
  concat(lp1('NHI-CHALLENGE-V1'), sized(challenge, 32), sized(terminal, 16), sized(cardChallenge, 16));

/** 96 bytes. Throws BUREAU_TOKEN_MALFORMED on a field of another length. */
export const encodeChallengeToken = ({ challenge, signature }: ChallengeToken): Uint8Array =>
  concat(sized(challenge, 32), sized(signature, SIGNATURE));

/** Reads 96 bytes; throws BUREAU_TOKEN_MALFORMED. The signature is not checked. */
export function decodeChallengeToken(bytes: Uint8Array): ChallengeToken {
  sized(bytes, 32 + SIGNATURE);
  return { challenge: bytes.slice(0, 32), signature: bytes.slice(32) };
}

/** 68 bytes. Throws BUREAU_TOKEN_MALFORMED on a signature of another length. */
export const encodeTimeToken = ({ time, signature }: TimeToken): Uint8Array =>
  concat(uint(time, 4), sized(signature, SIGNATURE));

/** Reads 68 bytes; throws BUREAU_TOKEN_MALFORMED. The signature is not checked. */
export function decodeTimeToken(bytes: Uint8Array): TimeToken {
  sized(bytes, 4 + SIGNATURE);
  return { time: readUint(bytes.subarray(0, 4)), signature: bytes.slice(4) };
}

/** 88 bytes. Throws BUREAU_TOKEN_MALFORMED on a field of another length. */
export const encodeStandingToken = ({ pid, paidUntil, issued, signature }: StandingToken): Uint8Array =>
  concat(sized(pid, 16), uint(paidUntil, 4), uint(issued, 4), sized(signature, SIGNATURE));

/** Reads 88 bytes; throws BUREAU_TOKEN_MALFORMED. The signature is not checked. */
export function decodeStandingToken(bytes: Uint8Array): StandingToken {
  sized(bytes, 24 + SIGNATURE);
  return {
    pid: bytes.slice(0, 16),
    paidUntil: readUint(bytes.subarray(16, 20)),
    issued: readUint(bytes.subarray(20, 24)),
    signature: bytes.slice(24),
  };
}

function sized(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new ProxysigError('BUREAU_TOKEN_MALFORMED', `expected ${length} bytes`);
  return bytes;
}
