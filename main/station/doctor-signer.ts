/**
 * The doctor's group signature at a clinic: the card's half through the card service, the host's half here (groupsig note, "Sign").
 * @module
 */
import type { PublicMaterial } from '../../contract/bureau-api.ts';
import { ImisError } from '../../contract/errors.ts';
import { equalBytes } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { signMessage } from '../../crypto/envelope/signed-message.ts';
import type { GroupVerifier } from '../../crypto/envelope/verify-signed-message.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { encodeContext, PURPOSES, type Purpose } from '../../crypto/groupsig/context.ts';
import { decodeCredentialFile } from '../../crypto/groupsig/credential-file.ts';
import { decodeGroupKey, type GroupKey } from '../../crypto/groupsig/group-key.ts';
import { loadCredential, type MemberCredential } from '../../crypto/groupsig/member-credential.ts';
import { signWithCard } from '../../crypto/groupsig/sign-host.ts';
import { verifySignature } from '../../crypto/groupsig/verify.ts';
import type { TrustedMaterial } from './material.ts';
import type { DeskPorts } from './ports.ts';

/** The group as this desk uses it. */
export interface DeskGroup {
  readonly backend: GroupBackend;
  readonly key: GroupKey;
  readonly verifier: GroupVerifier;
}

/** Loads backend and key once for each group key. */
export function keepGroup(ports: DeskPorts): (material: TrustedMaterial) => Promise<DeskGroup> {
  let kept: DeskGroup | undefined;
  return async (material) => {
    if (kept !== undefined && equalBytes(kept.key.encoded, material.groupKey)) return kept;
    const backend = await ports.groupBackend();
    const key = decodeGroupKey(backend, material.groupKey);
    const verifier: GroupVerifier = {
      verify: async (ctx, hash, signature) => verifySignature(backend, key, ctx, hash, signature),
    };
    kept = { backend, key, verifier };
    return kept;
  };
}

/** A doctor's card with its PIN given, ready to sign. */
export interface PresentDoctor {
  readonly slot: string;
  readonly credential: MemberCredential;
  readonly classNumber: number;
  readonly epoch: PublicMaterial['epoch'];
}

/** Opens a session for exactly these purposes and loads the credential. EPOCH_NOT_IN_FORCE when it is of another epoch. */
export async function readyDoctor(
  ports: DeskPorts,
  group: DeskGroup,
  material: TrustedMaterial,
  session: { readonly slot: string; readonly purposes: readonly Purpose[] },
  signal: AbortSignal,
): Promise<PresentDoctor> {
  const { slot, purposes } = session;
  await ports.cards.doctorSession(
    { slot, purposes: purposes.map((purpose) => PURPOSES[purpose]), count: purposes.length },
    signal,
  );
  const file = await ports.cards.doctorCredential({ slot }, signal);
  if (!equalBytes(file.groupKey, group.key.encoded))
    throw new ImisError('GROUP_KEY_UNKNOWN', 'the card is of another group');
  const { Q, issued, epoch, classNumber } = decodeCredentialFile(file.credential);
  if (epoch.day !== material.epoch.day || epoch.seq !== material.epoch.seq) {
    throw new ImisError('EPOCH_NOT_IN_FORCE', `the card's credential is of epoch ${epoch.day}.${epoch.seq}`);
  }
  const credential = loadCredential(group.backend, group.key, { Q, issued }, { epoch, classNumber });
  return { slot, credential, classNumber, epoch: material.epoch };
}

/** What is signed, and about what. */
export interface GroupSigning {
  readonly purpose: Purpose;
  readonly contentType: string;
  readonly content: Uint8Array;
  /** SHA-256 of the recipient's key; zero for a prescription. */
  readonly aud: Uint8Array;
  readonly pid: Uint8Array;
  readonly sid: Uint8Array;
  readonly certificates: readonly Uint8Array[];
}

/** DER of SignedData with the group's signature. */
export function signAsGroup(
  ports: DeskPorts,
  group: DeskGroup,
  material: TrustedMaterial,
  doctor: PresentDoctor,
  what: GroupSigning,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { cards } = ports;
  const { slot, credential, classNumber, epoch } = doctor;
  const ctx = encodeContext({
    purpose: what.purpose,
    epoch: { day: epoch.day, seq: epoch.seq },
    classNumber,
    aud: what.aud,
    pid: what.pid,
    sid: what.sid,
  });
  return signMessage(
    {
      contentType: what.contentType,
      content: what.content,
      attributes: { kind: 'group', ctx },
      certificates: what.certificates,
    },
    {
      certificate: material.group.der,
      algorithm: 'nhi-gsig-v1',
      sign: (attributes, now) =>
        signWithCard({
          backend: group.backend,
          groupKey: group.key,
          credential,
          ctx,
          messageHash: h256(attributes),
          card: {
            commit: () => cards.doctorCommit({ slot }, now),
            respond: (challenge) => cards.doctorRespond({ slot, ...challenge }, now),
          },
          signal: now,
        }),
    },
    signal,
  );
}
