/**
 * The doctor's group signature at a clinic: the card's half through the card service, the host's half here (groupsig note, "Sign").
 * @module
 */
import { classesFor, type SignedMatter } from '../../contract/doctor-classes.ts';
import { ImisError } from '../../contract/errors.ts';
import { equalBytes } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { signMessage } from '../../crypto/envelope/signed-message.ts';
import type { GroupVerifier } from '../../crypto/envelope/verify-signed-message.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { type Epoch, encodeAttributes, encodeContext, PURPOSES, type Purpose } from '../../crypto/groupsig/context.ts';
import type { Coupon } from '../../crypto/groupsig/coupon.ts';
import { decodeCredentialFile } from '../../crypto/groupsig/credential-file.ts';
import type { EpochHead } from '../../crypto/groupsig/epoch-head.ts';
import { headsToCome } from '../../crypto/groupsig/epoch-window.ts';
import { decodeGroupKey, type GroupKey } from '../../crypto/groupsig/group-key.ts';
import { loadCredential, type MemberCredential } from '../../crypto/groupsig/member-credential.ts';
import { signWithCard } from '../../crypto/groupsig/sign-host.ts';
import { type BundleKeeper, createBundleKeeper } from './bundle-keeper.ts';
import { type CouponShelf, createCouponShelf } from './coupon-shelf.ts';
import { epochAt, type TrustedMaterial } from './material.ts';
import type { DeskPorts } from './ports.ts';

/** The group as this desk uses it. */
export interface DeskGroup {
  readonly backend: GroupBackend;
  readonly key: GroupKey;
  readonly verifier: GroupVerifier;
  readonly bundles: BundleKeeper;
  readonly shelf: CouponShelf;
}

/** Loads backend and key once for each group key. */
export function keepGroup(ports: DeskPorts): (material: TrustedMaterial) => Promise<DeskGroup> {
  let kept: DeskGroup | undefined;
  return async (material) => {
    if (kept !== undefined && equalBytes(kept.key.encoded, material.groupKey)) return kept;
    const backend = await ports.groupBackend();
    const key = decodeGroupKey(backend, material.groupKey);
    const verifier = ports.groupVerifier(key.encoded);
    if (!equalBytes(material.epochs[0].pkh, key.pkh))
      throw new ImisError('GROUP_KEY_UNKNOWN', 'the epochs are of another group');
    kept = { backend, key, verifier, bundles: createBundleKeeper(ports), shelf: createCouponShelf(backend, key) };
    return kept;
  };
}

/** A doctor's card with its PIN given, ready to sign. */
export interface PresentDoctor {
  readonly slot: string;
  readonly epoch: Epoch;
  /** Called before the card answers for a signature. */
  spend(signal: AbortSignal): void | Promise<void>;
  /** Whether the card has a credential for such a thing. */
  maySign(matter: SignedMatter, signal: AbortSignal): Promise<boolean>;
  /** The credential for what is to be signed. DOCTOR_NOT_IN_EPOCH: revoked, or of no class that may sign it. CLASS_NOT_ALLOWED: a controlled drug. */
  credentialFor(
    matter: SignedMatter,
    signal: AbortSignal,
  ): Promise<{
    readonly credential: MemberCredential;
    readonly classNumber: number;
    /** One that was made ahead, if there is any. */
    readonly coupon: Coupon | undefined;
  }>;
}

/** The class under which members of a class sign in an epoch. */
const servedBy = (head: EpochHead, classNumber: number): number =>
  head.classes.find((row) => row.classNumber === classNumber)?.servedBy ?? classNumber;

/** Fetches the bundles of the epoch in force, and of the next where it is published; that one may wait. */
async function prepareBundles(ports: DeskPorts, group: DeskGroup, material: TrustedMaterial, signal: AbortSignal) {
  const head = epochAt(material, ports.clock.now());
  const coming = headsToCome(material.epochs, ports.clock.now());
  try {
    await group.bundles.prepare([head], [head, ...coming], signal);
  } catch (cause) {
    signal.throwIfAborted();
    ports.log('bundles: could not be fetched', cause);
  }
  // Those of the next epoch may take their time.
  const later = new AbortController().signal;
  group.bundles
    .prepare(coming, [head, ...coming], later)
    .catch((cause: unknown) => ports.log('bundles: the next could not be fetched', cause));
  return head;
}

/**
 * Opens a session for exactly these purposes, unless comfort signing covers them, and reads the card's credential file. The credential of the epoch in which the doctor joined
 * is on the card; every later one is in a bundle, under a label only this card's key gives.
 */
export async function readyDoctor(
  ports: DeskPorts,
  group: DeskGroup,
  material: TrustedMaterial,
  session: {
    readonly slot: string;
    readonly insertion: number;
    readonly purposes: readonly Purpose[];
    /** Set where comfort signing is open and covers this, or where each answer of the card has its own PIN. */
    readonly comfort: Pick<PresentDoctor, 'spend'> | undefined;
  },
  signal: AbortSignal,
): Promise<PresentDoctor> {
  const { slot, purposes, comfort } = session;
  if (comfort === undefined) {
    const codes = purposes.map((purpose) => PURPOSES[purpose]);
    await ports.cards.doctorSession({ slot, purposes: codes, count: purposes.length }, signal);
  }
  const file = await ports.cards.doctorCredential({ slot }, signal);
  if (!equalBytes(file.groupKey, group.key.encoded))
    throw new ImisError('GROUP_KEY_UNKNOWN', 'the card is of another group');
  const own = decodeCredentialFile(file.credential);
  const { Q, bundleKey } = own;
  const head = await prepareBundles(ports, group, material, signal);
  const { epoch } = head;
  const onCard = equalBytes(encodeAttributes(own), encodeAttributes({ epoch, classNumber: own.classNumber }));
  const stay = `${slot}#${session.insertion}`;

  const credentialOf = (classNumber: number, now: AbortSignal): Promise<MemberCredential | undefined> =>
    group.shelf.credential(stay, encodeAttributes({ epoch, classNumber }), async () => {
      const issued =
        onCard && classNumber === own.classNumber
          ? own.issued
          : await group.bundles.find(head, bundleKey, classNumber, now);
      if (issued === undefined) return undefined;
      return loadCredential(group.backend, group.key, { Q, issued }, { epoch, classNumber });
    });

  const findFor = async (matter: SignedMatter, now: AbortSignal) => {
    const allowed = classesFor(matter).map((classNumber) => servedBy(head, classNumber));
    const wanted = allowed.includes(own.classNumber) ? [own.classNumber, ...allowed] : allowed;
    for (const classNumber of new Set(wanted)) {
      const credential = await credentialOf(classNumber, now);
      if (credential !== undefined) return { credential, classNumber };
    }
    return undefined;
  };

  return {
    slot,
    epoch,
    spend: (now) => comfort?.spend(now),
    maySign: async (matter, now) => (await findFor(matter, now)) !== undefined,
    credentialFor: async (matter, now) => {
      const found = await findFor(matter, now);
      if (found !== undefined) return { ...found, coupon: group.shelf.take(found.credential) };
      // Who may sign the common thing is in the epoch; what lacks is the class.
      if (matter.controlled === true && (await findFor({ ...matter, controlled: false }, now)) !== undefined)
        throw new ImisError('CLASS_NOT_ALLOWED', 'a controlled drug, and no credential of its class');
      throw new ImisError('DOCTOR_NOT_IN_EPOCH', `no credential of epoch ${epoch.day}.${epoch.seq} for this`);
    },
  };
}

/** What is signed, and about what. */
export interface GroupSigning {
  readonly purpose: Purpose;
  /** Of a prescription: does it hold a controlled drug? */
  readonly controlled?: boolean;
  readonly contentType: string;
  readonly content: Uint8Array;
  /** SHA-256 of the recipient's key; zero for a prescription. */
  readonly aud: Uint8Array;
  readonly pid: Uint8Array;
  readonly sid: Uint8Array;
  readonly certificates: readonly Uint8Array[];
}

/** DER of SignedData with the group's signature. */
export async function signAsGroup(
  ports: DeskPorts,
  group: DeskGroup,
  material: TrustedMaterial,
  doctor: PresentDoctor,
  what: GroupSigning,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { cards } = ports;
  const { slot, epoch } = doctor;
  const { purpose, controlled = false } = what;
  const { credential, classNumber, coupon } = await doctor.credentialFor({ purpose, controlled }, signal);
  const ctx = encodeContext({
    purpose,
    epoch,
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
            respond: async (challenge) => {
              await doctor.spend(now);
              return cards.doctorRespond({ slot, ...challenge }, now);
            },
          },
          signal: now,
          ...(coupon === undefined ? {} : { coupon }),
        }),
    },
    signal,
  );
}
