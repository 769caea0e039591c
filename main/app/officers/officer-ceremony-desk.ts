/**
 * What the steps of an officers' ceremony share: the officer's desk, the files of all participants, and the officer's present share.
 * @module
 */
import { checkOldShare } from '../../../crypto/groupsig/ceremony/begin-dealing.ts';
import type { Signed } from '../../../crypto/groupsig/ceremony/message.ts';
import { GroupSigError } from '../../../crypto/groupsig/groupsig-error.ts';
import { p256Point } from '../../../crypto/pki/public-key.ts';
import { BureauFolderError } from '../bureau-folder-error.ts';
import type { CeremonyFolder, Participant, SignedFile, Step } from './officer-ceremony-files.ts';
import type { Officer, officerFiles } from './officer-folder.ts';
import { type LoadedOpenerShare, loadOpenerShare } from './opener-file.ts';

const SPKI_BYTES = 91;

/** Everything a step works with. */
export interface Desk {
  readonly folder: CeremonyFolder;
  readonly me: Participant;
  readonly officer: Officer;
  readonly files: ReturnType<typeof officerFiles>;
  readonly passphrase: Uint8Array;
  readonly statePath: string;
}

/** One step's messages with their files. */
export type Files = readonly {
  readonly participant: Participant;
  readonly message: Uint8Array;
  readonly file: SignedFile;
}[];

/** One step's messages of all these. Throws CEREMONY_WAITING with the names of who is missing. */
export async function readAll(
  folder: CeremonyFolder,
  step: Step,
  participants: readonly Participant[],
): Promise<Files> {
  const found = await Promise.all(
    participants.map(async (participant) => {
      const read = await folder.read(step, participant);
      return read === undefined ? [] : [{ participant, ...read }];
    }),
  );
  const there = found.flat();
  const missing = participants.filter((one) => !there.some(({ participant }) => participant === one));
  if (missing.length === 0) return there;
  throw new BureauFolderError('CEREMONY_WAITING', `${step}: ${missing.map(({ name }) => name).join(', ')}`);
}

/** The ceremony has ended without result. */
export const over = (why: string, options?: ErrorOptions): BureauFolderError =>
  new BureauFolderError('CEREMONY_OVER', why, options);

/** The share in a file of the officer's folder, undefined when there is none. */
export async function shareIn(file: string, { passphrase }: Desk): Promise<LoadedOpenerShare | undefined> {
  try {
    return await loadOpenerShare(file, passphrase);
  } catch (cause) {
    if (cause instanceof BureauFolderError && cause.code === 'FOLDER_NOT_FOUND') return undefined;
    throw cause;
  }
}

/** The share that this officer brings: its own of the set built on. Throws OPENER_SHARE_OTHER. */
export async function oldShare(desk: Desk): Promise<LoadedOpenerShare | undefined> {
  const { ceremony } = desk.folder.ceremony;
  if (ceremony.previous === undefined || desk.me.dealer === undefined) return undefined;
  const share = await shareIn(desk.files.opener, desk);
  const index = desk.me.dealer;
  try {
    checkOldShare(ceremony, index, share);
    return share;
  } catch (cause) {
    if (cause instanceof GroupSigError) throw new BureauFolderError('OPENER_SHARE_OTHER', `index ${index}`, { cause });
    throw cause;
  }
}

/** What everybody published on joining. */
export function readJoins(joins: Files): {
  readonly keys: ReadonlyMap<Participant, Uint8Array>;
  readonly commitments: Signed[];
} {
  const keys = new Map<Participant, Uint8Array>();
  const commitments: Signed[] = [];
  for (const { participant, message } of joins) {
    const key = message.slice(0, SPKI_BYTES);
    if (p256Point(key) === undefined) throw over(`${participant.name} joined without a key`);
    keys.set(participant, key);
    const { dealer } = participant;
    if (dealer !== undefined) commitments.push({ from: dealer, message: message.slice(SPKI_BYTES) });
  }
  return { keys, commitments };
}

/** Broadcasts and answers as the protocol takes them: under the indices of dealers and of holders. */
export const dealsOf = (deals: Files): Signed[] =>
  deals.map(({ participant, message }) => ({ from: participant.dealer ?? 0, message }));

export const answersIn = (answers: Files): Signed[] =>
  answers.map(({ participant, message }) => ({ from: participant.holder ?? 0, message }));
