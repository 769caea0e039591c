/**
 * The authority of citizens as the bureau names it to desks: it is none of the bureau's, so its certificate is not under the bureau's authority, and
 * a desk takes it for what it is on the bureau's signature over {@link civilAuthorityStatement} alone.
 * @module
 */
import { concat, lp1 } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';

/** What the bureau signs: lp1("NHI-CIVIL-AUTHORITY-V1") ‖ H256(certificate, DER). ECDSA P-256 with SHA-256, by the key of its tokens. */
export const civilAuthorityStatement = (certificate: Uint8Array): Uint8Array =>
  concat(lp1('NHI-CIVIL-AUTHORITY-V1'), h256(certificate));
