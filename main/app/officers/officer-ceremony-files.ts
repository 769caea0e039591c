/**
 * The folder of a key ceremony that travels among the officers' machines, by hand or as a shared folder. Nobody needs to trust it: every
 * file is signed by its author, the shares are sealed, and a changed file is refused. P, Q are places in the list of participants.
 *
 * ```
 * ceremony.json        plan (crypto/groupsig/ceremony), participants with their keys, and what the ceremony builds on
 * join-P.json          a key agreement key for this ceremony alone, and the hash of P's broadcast if P deals
 * deal-P.json          P's broadcast            share-P-Q.cms   P's share for Q, signed by P, sealed to Q's key of join-Q
 * answer-Q.json        Q confirms or complains
 * result-P.json        P's signature under the outcome
 * opener-set.json      the outcome with everybody's signature (opener-set-file.ts)
 * ```
 *
 * A signature is ECDSA P-256 over lp1("IMIS-OFFICER-CEREMONY-V1") ‖ H256 of the plan ‖ lp1(step) ‖ P(2) ‖ lp(message).
 * @module
 */

import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Base64 } from '../../../contract/formats.ts';
import { concat, equalBytes, lp, lp1, uint, utf8 } from '../../../crypto/common/bytes.ts';
import { h256 } from '../../../crypto/common/hash.ts';
import { fromBase64, toBase64 } from '../../../crypto/envelope/base64.ts';
import type { GroupBackend } from '../../../crypto/groupsig/backend.ts';
import { createMclBackend } from '../../../crypto/groupsig/backend-mcl.ts';
import { type Ceremony, openCeremony } from '../../../crypto/groupsig/ceremony/ceremony.ts';
import { decodePlan, upTo } from '../../../crypto/groupsig/ceremony/plan.ts';
import { decodeGroupKey, encodeGroupKey, type GroupKey } from '../../../crypto/groupsig/group-key.ts';
import { GroupSigError } from '../../../crypto/groupsig/groupsig-error.ts';
import { decodeOpenerSet } from '../../../crypto/groupsig/opener-set.ts';
import { verifyP256 } from '../../../crypto/pki/certificate-signer.ts';
import { jsonText, readJson } from '../bureau-files.ts';
import { BureauFolderError } from '../bureau-folder-error.ts';
import { type Officer, signAsOfficer } from './officer-folder.ts';

const Index = z.int().min(1).max(255);

/** ceremony.json. `dealer` is an index of the set built on (of the new one in a generation), `holder` one of the new set. */
export const CeremonyFile = z.strictObject({
  version: z.literal(1),
  plan: Base64,
  participants: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(60),
        signing: Base64,
        dealer: Index.exactOptional(),
        holder: Index.exactOptional(),
      }),
    )
    .min(1),
  basis: z.union([
    z.strictObject({ w: Base64, proof: Base64 }),
    z.strictObject({ groupKey: Base64, openerSet: Base64 }),
  ]),
});
export type CeremonyFile = z.infer<typeof CeremonyFile>;

/** Who takes part: place in the list from 1, and what for. */
export interface Participant {
  readonly place: number;
  readonly name: string;
  readonly signing: Uint8Array;
  readonly dealer: number | undefined;
  readonly holder: number | undefined;
}

/** A ceremony read from its file and checked. */
export interface OfficerCeremony {
  readonly file: CeremonyFile;
  readonly backend: GroupBackend;
  readonly ceremony: Ceremony;
  readonly participants: readonly Participant[];
  readonly dealers: readonly Participant[];
  readonly holders: readonly Participant[];
  /** The group key, which a generation only makes. Throws GroupSigError GROUP_KEY_INVALID. */
  readonly groupKeyWith: (K1: Uint8Array) => GroupKey;
}

/** H256 over each participant's lp(name) ‖ lp(key) ‖ dealer(2) ‖ holder(2). */
export const hashOfRoster = (participants: CeremonyFile['participants']): Uint8Array =>
  h256(
    ...participants.map(({ name, signing, dealer, holder }) =>
      concat(lp(utf8(name)), lp(fromBase64(signing)), uint(dealer ?? 0, 2), uint(holder ?? 0, 2)),
    ),
  );

/** H256 of what a ceremony builds on: OS_v, or w ‖ proof of the issuer. */
export const hashOfBasis = (basis: CeremonyFile['basis']): Uint8Array =>
  'w' in basis ? h256(fromBase64(basis.w), fromBase64(basis.proof)) : h256(fromBase64(basis.openerSet));

const sameNumbers = (found: readonly (number | undefined)[], expected: readonly number[]): boolean => {
  const sorted = found.filter((index) => index !== undefined).sort((a, b) => a - b);
  return sorted.length === expected.length && sorted.every((index, i) => index === expected[i]);
};

function check(backend: GroupBackend, file: CeremonyFile): OfficerCeremony {
  const refuse = (why: string): GroupSigError => new GroupSigError('CEREMONY_PLAN_INVALID', why);
  const plan = decodePlan(fromBase64(file.plan));
  const { basis } = file;
  if ('w' in basis !== (plan.kind === 'generate')) throw refuse('built on the wrong thing');
  if (!equalBytes(plan.base, hashOfBasis(basis))) throw refuse('built on something else');
  if (!equalBytes(plan.roster, hashOfRoster(file.participants))) throw refuse('other participants');
  const participants = file.participants.map(({ name, signing, dealer, holder }, i) => ({
    place: i + 1,
    name,
    signing: fromBase64(signing),
    dealer,
    holder,
  }));
  const everybody = participants.every(({ dealer, holder }) => dealer !== undefined || holder !== undefined);
  const dealers = participants.filter(({ dealer }) => dealer !== undefined);
  const holders = participants.filter(({ holder }) => holder !== undefined);
  const numbered =
    sameNumbers(
      participants.map(({ dealer }) => dealer),
      plan.dealers,
    ) &&
    sameNumbers(
      participants.map(({ holder }) => holder),
      upTo(plan.n),
    );
  const keys = new Set(file.participants.map(({ signing }) => signing));
  if (!everybody || !numbered || keys.size !== participants.length) throw refuse('participants do not fit the plan');
  if ('w' in basis) {
    const groupKeyWith = (K1: Uint8Array): GroupKey =>
      decodeGroupKey(backend, encodeGroupKey({ w: fromBase64(basis.w), K1, proof: fromBase64(basis.proof) }));
    // With any point in place of K1: shows whether the issuer's part is sound before anybody begins.
    groupKeyWith(backend.encodeG1(backend.generators.G));
    const ceremony = openCeremony(backend, plan);
    return { file, backend, ceremony, participants, dealers, holders, groupKeyWith };
  }
  const groupKey = decodeGroupKey(backend, fromBase64(basis.groupKey));
  const previous = decodeOpenerSet(backend, groupKey, fromBase64(basis.openerSet));
  const ceremony = openCeremony(backend, plan, previous);
  return { file, backend, ceremony, participants, dealers, holders, groupKeyWith: () => groupKey };
}

/** Checks a ceremony's file. Throws FOLDER_DAMAGED; `where` names the file. */
export async function checkCeremony(file: CeremonyFile, where: string): Promise<OfficerCeremony> {
  const backend = await createMclBackend();
  try {
    return check(backend, file);
  } catch (cause) {
    if (cause instanceof GroupSigError || cause instanceof RangeError) {
      throw new BureauFolderError('FOLDER_DAMAGED', where, { cause });
    }
    throw cause;
  }
}

/** The folder's ceremony. Throws FOLDER_NOT_FOUND or FOLDER_DAMAGED. */
export const loadCeremony = (dir: string): Promise<OfficerCeremony> => {
  const path = join(dir, 'ceremony.json');
  return checkCeremony(readJson(path, CeremonyFile), path);
};

/** Steps whose messages are signed. */
export type Step = 'join' | 'deal' | 'share' | 'answer' | 'result' | 'bureau';

const Statement = z.strictObject({
  version: z.literal(1),
  step: z.enum(['join', 'deal', 'share', 'answer', 'result', 'bureau']),
  from: Index,
  message: Base64,
  signature: Base64,
});

/** A message with its author's signature as it stands in a file. */
export const SignedFile = Statement.extend({ evidence: z.array(Statement).exactOptional() });
export type SignedFile = z.infer<typeof SignedFile>;

/** What an author signs. */
export const statementBytes = (planHash: Uint8Array, step: Step, from: number, message: Uint8Array): Uint8Array =>
  concat(lp1('IMIS-OFFICER-CEREMONY-V1'), planHash, lp1(step), uint(from, 2), lp(message));

/** Signs a message of a step. */
export async function signStatement(
  { ceremony }: OfficerCeremony,
  officer: Officer,
  step: Step,
  from: number,
  message: Uint8Array,
): Promise<z.infer<typeof Statement>> {
  const signature = await signAsOfficer(officer.signingKey, statementBytes(ceremony.plan.hash, step, from, message));
  return { version: 1, step, from, message: toBase64(message), signature: toBase64(signature) };
}

/** The message, when this participant signed it for this step; undefined otherwise. */
export function readStatement(
  { ceremony }: OfficerCeremony,
  statement: z.infer<typeof Statement>,
  step: Step,
  { place, signing }: Participant,
): Uint8Array | undefined {
  const message = fromBase64(statement.message);
  const bytes = statementBytes(ceremony.plan.hash, step, place, message);
  const sound = statement.step === step && statement.from === place;
  return sound && verifyP256(signing, bytes, fromBase64(statement.signature)) ? message : undefined;
}

const isThere = async (path: string): Promise<boolean> => {
  try {
    await access(path);
    return true;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return false;
    throw cause;
  }
};

/** The files of a ceremony's folder. */
export function createCeremonyFolder(dir: string, ceremony: OfficerCeremony) {
  const path = (step: Step, { place }: Participant): string => join(dir, `${step}-${place}.json`);
  const sharePath = (from: Participant, to: Participant): string => join(dir, `share-${from.place}-${to.place}.cms`);
  return {
    ceremony,
    has: (step: Step, participant: Participant): Promise<boolean> => isThere(path(step, participant)),
    /** Writes a signed message, with evidence beside it. Throws what the file system throws, also where the file exists. */
    async write(
      step: Step,
      participant: Participant,
      officer: Officer,
      message: Uint8Array,
      evidence?: SignedFile['evidence'],
    ): Promise<void> {
      const statement = await signStatement(ceremony, officer, step, participant.place, message);
      const file: SignedFile = { ...statement, ...(evidence === undefined ? {} : { evidence }) };
      await writeFile(path(step, participant), jsonText(file), { mode: 0o644, flag: 'wx' });
    },
    /** One participant's message; undefined when it is not there yet. Throws FOLDER_DAMAGED or CEREMONY_FILE_INVALID. */
    async read(
      step: Step,
      participant: Participant,
    ): Promise<{ readonly message: Uint8Array; readonly file: SignedFile } | undefined> {
      const where = path(step, participant);
      if (!(await isThere(where))) return undefined;
      const file = readJson(where, SignedFile);
      const message = readStatement(ceremony, file, step, participant);
      if (message === undefined) throw new BureauFolderError('CEREMONY_FILE_INVALID', where);
      return { message, file };
    },
    /** Writes a sealed share; one that a broken-off step left is written again. */
    writeShare: (from: Participant, to: Participant, sealed: Uint8Array): Promise<void> =>
      writeFile(sharePath(from, to), sealed, { mode: 0o644 }),
    /** A sealed share; undefined when it is not there yet. */
    async readShare(from: Participant, to: Participant): Promise<Uint8Array | undefined> {
      const where = sharePath(from, to);
      return (await isThere(where)) ? new Uint8Array(await readFile(where)) : undefined;
    },
    outcome: join(dir, 'opener-set.json'),
  };
}

/** See {@link createCeremonyFolder}. */
export type CeremonyFolder = ReturnType<typeof createCeremonyFolder>;
