/**
 * The doctor application from the host's side: certificates, session, and the card's share of the group signature (eqs 3, 4, 9, 10, 12, 13).
 * `gsCommit` and `gsRespond` have the form of the port GroupCard in crypto/groupsig/sign-host.ts.
 * @module
 */
import { concat } from '../../crypto/common/bytes.ts';
import type { CardSession } from '../apdu/card-session.ts';
import { CardError } from '../card-error.ts';
import { exchange, open, readFile, type Signal, writeFile } from './card-commands.ts';
import { APPLICATIONS, DOCTOR_FILES } from './card-profile.ts';
import { type HolderOperations, holderOperations } from './holder.ts';
import type { RoleProof } from './patient-app.ts';
import { openChannel, type TerminalCredential } from './secure-channel.ts';

/** DER of CERT_D, and the chain as the issuer wrote it. Neither travels with a group-signed message. */
export interface DoctorCertificates {
  readonly certificate: Uint8Array;
  readonly chain: Uint8Array;
}

/** The card's part of the blind join: Q (48 bytes), c and z (32), ECDSA over J by SK_D and by the attestation key (r ‖ s, 64 each). */
export interface CardJoin {
  readonly Q: Uint8Array;
  readonly c: Uint8Array;
  readonly z: Uint8Array;
  readonly signature: Uint8Array;
  readonly attestation: Uint8Array;
}

/** What GS RESPOND is asked: commitment id (4 bytes), head (8), H_M (32), tx (32). */
export interface GroupChallenge {
  readonly id: Uint8Array;
  readonly head: Uint8Array;
  readonly hm: Uint8Array;
  readonly tx: Uint8Array;
}

/** A doctor card. Every call may reject with CARD_LOST, CARD_ANSWER_INVALID and CANCELLED besides what it names. */
export interface DoctorApp extends HolderOperations {
  readCertificates(signal?: Signal): Promise<DoctorCertificates>;
  /** The encoded group key; empty before one was written. */
  readGroupKey(signal?: Signal): Promise<Uint8Array>;
  /** After the PIN once the card is active. */
  writeGroupKey(key: Uint8Array, signal?: Signal): Promise<void>;
  /** GCRED, the public part of the member credential with the bundle key; after the PIN. Empty before one was written. */
  readCredential(signal?: Signal): Promise<Uint8Array>;
  /** At most 256 bytes, after the PIN once the card is active. */
  writeCredential(credential: Uint8Array, signal?: Signal): Promise<void>;
  /** Lets the card answer for these purposes (codes of ctx, never 04) `count` times, at most 250; after the PIN. Rejects with CARD_REFUSED. */
  setSession(session: { readonly purposes: readonly number[]; readonly count: number }, signal?: Signal): Promise<void>;
  /** Once for a group key, after the PIN; rejects with CARD_ALREADY_USED, CARD_RECORD_NOT_FOUND without a valid group key. */
  gsJoin(nonce: Uint8Array, signal?: Signal): Promise<CardJoin>;
  /** A commitment, kept until it is answered or the card loses power; id has 4 bytes, N 48. Rejects with CARD_FULL above 255 of them. */
  gsCommit(signal?: Signal): Promise<{ readonly id: Uint8Array; readonly N: Uint8Array }>;
  /** Once for a commitment; rejects with CARD_ALREADY_USED, PIN_REQUIRED outside the session, or for purpose 04 unless VERIFY came just before. */
  gsRespond(challenge: GroupChallenge, signal?: Signal): Promise<{ readonly n: Uint8Array; readonly zs: Uint8Array }>;
  /** Proves to another card in this terminal that this is a doctor's, for its challenge of 16 bytes; after the PIN. */
  proveRole(challenge: Uint8Array, signal?: Signal): Promise<RoleProof>;
  /** Erases one commitment, or all. */
  gsAbort(id?: Uint8Array, signal?: Signal): Promise<void>;
}

const FILES = DOCTOR_FILES;

/** Selects the doctor application and opens a channel to it; rejects with CARD_WRONG_KIND, CARD_TERMINAL_REFUSED, CARD_NOT_GENUINE. */
export async function openDoctorApp(
  outside: CardSession,
  terminal: TerminalCredential,
  signal?: Signal,
): Promise<DoctorApp> {
  await open(outside, APPLICATIONS.doctor, signal);
  const { session, card } = await openChannel(outside, APPLICATIONS.doctor, terminal, signal);
  const profile = { ...APPLICATIONS.doctor, files: FILES };
  return {
    ...holderOperations(session, profile, card),
    async readCertificates(signal) {
      return {
        certificate: await readFile(session, FILES.certificate, signal),
        chain: await readFile(session, FILES.chain, signal),
      };
    },
    readGroupKey: (signal) => readFile(session, FILES.groupKey, signal),
    writeGroupKey: (key, signal) => writeFile(session, FILES.groupKey, key, signal),
    readCredential: (signal) => readFile(session, FILES.credential, signal),
    writeCredential: (credential, signal) => writeFile(session, FILES.credential, credential, signal),
    async setSession({ purposes, count }, signal) {
      if (!Number.isInteger(count) || count < 1 || count > 255) throw new CardError('CARD_REFUSED', 'session count');
      const data = Uint8Array.of(count, ...purposes);
      await exchange(session, { what: 'SET SESSION', header: [0x80, 0x56, 0, 0], data }, signal);
    },
    async gsJoin(nonce, signal) {
      const header = [0x80, 0x4e, 0, 0] as const;
      const answer = await exchange(
        session,
        { what: 'GS JOIN', header, data: nonce, answer: 240, kind: 'once' },
        signal,
      );
      return {
        Q: answer.slice(0, 48),
        c: answer.slice(48, 80),
        z: answer.slice(80, 112),
        signature: answer.slice(112, 176),
        attestation: answer.slice(176),
      };
    },
    async gsCommit(signal) {
      const answer = await exchange(session, { what: 'GS COMMIT', header: [0x80, 0x50, 0, 0], answer: 52 }, signal);
      return { N: answer.slice(0, 48), id: answer.slice(48) };
    },
    async gsRespond({ id, head, hm, tx }, signal) {
      const data = concat(id, head, hm, tx);
      const header = [0x80, 0x52, 0, 0] as const;
      const answer = await exchange(session, { what: 'GS RESPOND', header, data, answer: 48, kind: 'once' }, signal);
      return { n: answer.slice(0, 16), zs: answer.slice(16) };
    },
    async proveRole(challenge, signal) {
      const header = [0x00, 0x88, 0x00, 0x02] as const;
      const signature = await exchange(
        session,
        { what: 'INTERNAL AUTHENTICATE', header, data: challenge, answer: 64 },
        signal,
      );
      return { certificate: card.encoded, signature };
    },
    async gsAbort(id, signal) {
      const data = id ?? new Uint8Array(0);
      await exchange(session, { what: 'GS ABORT', header: [0x80, 0x54, 0, 0], data }, signal);
    },
  };
}
