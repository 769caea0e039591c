/**
 * Public material: everything a desk needs to verify by itself, off line included.
 * @module
 */

import type { PublicMaterial } from '../../contract/bureau-api.ts';
import { instantOf } from '../../contract/calendar.ts';
import { equalBytes } from '../../crypto/common/bytes.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { ecdsaFromDer } from '../../crypto/pki/ecdsa-signature.ts';
import { issueRevocationList } from '../../crypto/pki/revocation-list.ts';
import { encodeTimeToken, timeBody } from '../../crypto/proxysig/bureau-token.ts';
import type { Row } from '../store/tables.ts';
import type { Bureau } from './bureau.ts';
import type { EpochChain } from './epochs.ts';

const NONE = new Uint8Array(0);
const LIST_LIFE = 72 * 3_600_000;

/** What is revoked, and heads of the same moment: one that is published in between may have let the card go that the list still holds. */
async function listAndHeads(
  { store, epochs }: Bureau,
  signal: AbortSignal,
): Promise<{ readonly rows: readonly Row<'certificate'>[]; readonly chain: EpochChain }> {
  let chain = await epochs.chain(signal);
  for (;;) {
    const rows = await store.revokedCertificates(signal);
    const after = await epochs.chain(signal);
    const same = equalBytes(chain.heads.at(-1)?.hash ?? NONE, after.heads.at(-1)?.hash ?? NONE);
    chain = after;
    if (same) return { rows, chain };
  }
}

/** The material as it stands now; the revocation list is good for 72 h. */
export async function publicMaterial(bureau: Bureau, signal: AbortSignal): Promise<PublicMaterial> {
  const { keys, clock, institutions } = bureau;
  const now = clock.now();
  const { rows, chain } = await listAndHeads(bureau, signal);
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
  const time = Math.floor(now / 1000);
  const said = ecdsaFromDer(await keys.signing.signer.sign(timeBody(time), signal));
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
    timeToken: toBase64(encodeTimeToken({ time, signature: said })),
    institutions: [...institutions],
  };
}
