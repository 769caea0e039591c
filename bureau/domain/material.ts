/**
 * Public material: everything a desk needs to verify by itself, off line included.
 * @module
 */

import type { ErasedWarrantList } from '../../contract/agents.ts';
import type { PublicMaterial } from '../../contract/bureau-api.ts';
import { instantOf } from '../../contract/calendar.ts';
import { equalBytes, fromHex } from '../../crypto/common/bytes.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { civilAuthorityStatement } from '../../crypto/pki/civil-authority.ts';
import { ecdsaFromDer } from '../../crypto/pki/ecdsa-signature.ts';
import { issueRevocationList } from '../../crypto/pki/revocation-list.ts';
import { encodeTimeToken, timeBody } from '../../crypto/proxysig/bureau-token.ts';
import { encodeErasedWarrants, erasedWarrantsBody } from '../../crypto/proxysig/erased-warrants.ts';
import type { Row } from '../store/tables.ts';
import type { Bureau } from './bureau.ts';
import { type EpochChain, secondOf } from './epochs.ts';

const NONE = new Uint8Array(0);
const LIST_LIFE = 72 * 3_600_000;

/** What the lists are made from, by serial number; read at one moment. */
interface Standing {
  readonly rows: readonly Row<'certificate'>[];
  readonly erased: readonly Row<'warrant_erasure'>[];
  readonly chain: EpochChain;
}

/** The list of erased warrants, signed now: everything that was ever erased, so that a number is one more than what stands in it. */
async function erasedWarrants(
  { keys, clock }: Bureau,
  { erased, chain }: Standing,
  signal: AbortSignal,
): Promise<ErasedWarrantList> {
  const serials = erased.map(({ serial }) => fromHex(serial));
  const list = { number: erased.length + 1, issued: secondOf(clock.now()), serials };
  const signature = ecdsaFromDer(await keys.signing.signer.sign(erasedWarrantsBody(list), signal));
  const counted = secondOf(chain.heads.at(-1)?.issuedAt ?? 0);
  return {
    list: toBase64(encodeErasedWarrants(list, signature)),
    sinceHead: erased.filter(({ erased_at }) => secondOf(erased_at) >= counted).map(({ serial }) => serial),
  };
}

/** The bureau's time, signed for cards. */
async function timeToken({ keys }: Bureau, now: number, signal: AbortSignal): Promise<string> {
  const time = secondOf(now);
  const signature = ecdsaFromDer(await keys.signing.signer.sign(timeBody(time), signal));
  return toBase64(encodeTimeToken({ time, signature }));
}

/** The authority of citizens, as this bureau names it. */
async function civilAuthority(
  { keys, civilRevocationList: list }: Bureau,
  signal: AbortSignal,
): Promise<PublicMaterial['civil'] & object> {
  const { der } = keys.civilCa;
  const signature = ecdsaFromDer(await keys.signing.signer.sign(civilAuthorityStatement(der), signal));
  const named = { authority: toBase64(der), signature: toBase64(signature) };
  return list === undefined ? named : { ...named, revocationList: toBase64(list) };
}

/** What is revoked, and heads of the same moment: one that is published in between may have let the card go that the list still holds. */
async function listAndHeads({ store, epochs }: Bureau, signal: AbortSignal): Promise<Standing> {
  let chain = await epochs.chain(signal);
  for (;;) {
    const rows = await store.revokedCertificates(signal);
    const erased = await store.warrantErasures(signal);
    const after = await epochs.chain(signal);
    const same = equalBytes(chain.heads.at(-1)?.hash ?? NONE, after.heads.at(-1)?.hash ?? NONE);
    chain = after;
    if (same) return { rows, erased, chain };
  }
}

/** The material as it stands now; the revocation list is good for 72 h. */
export async function publicMaterial(bureau: Bureau, signal: AbortSignal): Promise<PublicMaterial> {
  const { keys, clock, institutions } = bureau;
  const now = clock.now();
  const standing = await listAndHeads(bureau, signal);
  const { rows, chain } = standing;
  const list = await issueRevocationList(
    {
      number: rows.length + 1,
      thisUpdate: now,
      nextUpdate: now + LIST_LIFE,
      revoked: rows.map((row) => ({ serial: row.serial, at: row.revoked_at ?? now })),
    },
    { signer: keys.ca.signer, certificate: keys.ca.certificate.der },
    signal,
  );
  const { heads, signature } = chain;
  return {
    version: 1,
    serverTime: instantOf(now),
    groupKey: toBase64(keys.group.key.encoded),
    groupCertificate: toBase64(keys.group.certificate.der),
    openerSet: toBase64(keys.group.openerSet),
    epochs: heads.map(({ encoded }) => toBase64(encoded)),
    epochSignature: toBase64(signature),
    bureauCa: toBase64(keys.ca.certificate.der),
    signingCertificate: toBase64(keys.signing.certificate.der),
    encryptionCertificate: toBase64(keys.encryption.certificate.der),
    cardAuthorityCertificate: toBase64(keys.cardAuthority.certificate.der),
    revocationList: toBase64(list),
    civil: await civilAuthority(bureau, signal),
    erasedWarrants: await erasedWarrants(bureau, standing, signal),
    timeToken: await timeToken(bureau, now, signal),
    institutions: [...institutions],
  };
}
