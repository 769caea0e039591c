/**
 * Convening a key ceremony: makes the folder that travels among the officers. The convener needs no secret and gets no power: every officer
 * sees the list of participants before taking part.
 * @module
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Base64 } from '../../../contract/formats.ts';
import { hex, readUint } from '../../../crypto/common/bytes.ts';
import { fromBase64, toBase64 } from '../../../crypto/envelope/base64.ts';
import { type CeremonyKind, planCeremony, upTo } from '../../../crypto/groupsig/ceremony/plan.ts';
import { GroupSigError } from '../../../crypto/groupsig/groupsig-error.ts';
import { given, jsonText, readJson } from '../bureau-files.ts';
import { BureauFolderError } from '../bureau-folder-error.ts';
import { makeFolder } from '../new-folder.ts';
import { type CeremonyFile, checkCeremony, hashOfBasis, hashOfRoster } from './officer-ceremony-files.ts';
import { fingerprintOf, type PublicOfficer, readOfficer } from './officer-folder.ts';

/** issuer.json: the public part of the issuer's key. */
export const IssuerFile = z.strictObject({ version: z.literal(1), w: Base64, proof: Base64 });

/** group.json of the bureau, or an opener set's file: of both only what a ceremony builds on. */
const Existing = z.object({ groupKey: Base64, openerSet: Base64 });

/** What is to be held. Paths name officer.json files. */
export type CeremonyWish =
  | {
      readonly kind: 'generate';
      /** issuer.json. */
      readonly issuer: string;
      /** In the order of their indices. */
      readonly officers: readonly string[];
      readonly threshold: number;
    }
  | {
      readonly kind: 'refresh';
      /** group.json or opener-set.json. */
      readonly from: string;
      /** The present holders in the order of their indices. */
      readonly officers: readonly string[];
    }
  | {
      readonly kind: 'reshare';
      readonly from: string;
      /** The new holders in the order of their new indices. */
      readonly officers: readonly string[];
      readonly threshold: number;
      /** As many present holders as open together, with their present indices. */
      readonly dealers: readonly { readonly index: number; readonly officer: string }[];
    };

/** What people compare aloud before their first step: the ceremony's hash, each participant's name, fingerprint and indices. */
export interface ConvenedCeremony {
  readonly kind: CeremonyKind;
  readonly ceremony: string;
  readonly participants: readonly {
    readonly name: string;
    readonly fingerprint: string;
    /** Index in the set built on, for one who deals. */
    readonly dealer?: number;
    /** Index in the set that comes. */
    readonly holder?: number;
  }[];
}

type Entry = CeremonyFile['participants'][number];

function rosterOf(wish: CeremonyWish): Entry[] {
  const entries = new Map<string, Entry>();
  const add = (path: string, part: { readonly dealer?: number; readonly holder?: number }): void => {
    const officer: PublicOfficer = readOfficer(path);
    const signing = toBase64(officer.signing);
    const known = entries.get(signing);
    const again =
      (part.dealer !== undefined && known?.dealer !== undefined) ||
      (part.holder !== undefined && known?.holder !== undefined);
    if (again) throw new BureauFolderError('VALUE_INVALID', `${officer.name} twice`);
    entries.set(signing, { name: officer.name, signing, ...known, ...part });
  };
  wish.officers.forEach((path, i) => {
    add(path, wish.kind === 'reshare' ? { holder: i + 1 } : { dealer: i + 1, holder: i + 1 });
  });
  if (wish.kind === 'reshare') for (const { index, officer } of wish.dealers) add(officer, { dealer: index });
  return [...entries.values()];
}

function basisOf(wish: CeremonyWish): CeremonyFile['basis'] {
  if (wish.kind === 'generate') {
    const { w, proof } = readJson(wish.issuer, IssuerFile);
    return { w, proof };
  }
  const { groupKey, openerSet } = readJson(wish.from, Existing);
  return { groupKey, openerSet };
}

/** The threshold that a refresh keeps: t of OS_v, its bytes 39 and 40. */
const thresholdOf = (basis: CeremonyFile['basis']): number =>
  'w' in basis ? 0 : readUint(fromBase64(basis.openerSet).subarray(39, 41));

/**
 * Makes the folder of a ceremony. Throws FOLDER_EXISTS, FOLDER_NOT_FOUND, FOLDER_DAMAGED for what is not an officer, issuer or opener set,
 * VALUE_INVALID for a threshold or participants that do not fit.
 */
export async function startCeremony(dir: string, wish: CeremonyWish): Promise<ConvenedCeremony> {
  const participants = rosterOf(wish);
  const basis = basisOf(wish);
  const n = wish.officers.length;
  const t = wish.kind === 'refresh' ? thresholdOf(basis) : given('threshold', z.int().min(1).max(255), wish.threshold);
  const dealers = wish.kind === 'reshare' ? wish.dealers.map(({ index }) => index).sort((a, b) => a - b) : upTo(n);
  try {
    const fields = { kind: wish.kind, n, t, base: hashOfBasis(basis), roster: hashOfRoster(participants), dealers };
    const file: CeremonyFile = { version: 1, plan: toBase64(planCeremony(fields).encoded), participants, basis };
    const { ceremony } = await checkCeremony(file, dir);
    await makeFolder(dir, (folder) => writeFile(join(folder, 'ceremony.json'), jsonText(file), { mode: 0o644 }));
    return describeCeremony(file, ceremony.plan);
  } catch (cause) {
    const unfit =
      cause instanceof GroupSigError || (cause instanceof BureauFolderError && cause.code === 'FOLDER_DAMAGED');
    if (!unfit) throw cause;
    throw new BureauFolderError('VALUE_INVALID', 'participants and threshold do not fit what the ceremony builds on', {
      cause,
    });
  }
}

/** A ceremony as people compare it. */
export const describeCeremony = (
  { participants }: CeremonyFile,
  plan: { readonly kind: CeremonyKind; readonly hash: Uint8Array },
): ConvenedCeremony => ({
  kind: plan.kind,
  ceremony: hex(plan.hash),
  participants: participants.map(({ signing, ...participant }) => ({
    ...participant,
    fingerprint: fingerprintOf({ signing: fromBase64(signing) }),
  })),
});
