/**
 * Staff cards: a certificate with institution and role for the key that was born on the card.
 * @module
 */

import type { z } from 'zod';
import type { bureauApi } from '../../contract/bureau-api.ts';
import { ImisError } from '../../contract/errors.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import type { Bureau } from './bureau.ts';
import { issueAndRegister, readCardKey } from './enrolment.ts';

/** Issues the certificate, DER base64. NOT_FOUND for an institution the bureau does not know. */
export async function issueStaffCard(
  bureau: Bureau,
  body: z.output<typeof bureauApi.staffCard.body>,
  signal: AbortSignal,
): Promise<{ certificate: string }> {
  const institution = bureau.institutions.find(({ code }) => code === body.institution);
  if (institution === undefined) throw new ImisError('NOT_FOUND', 'no such institution');
  const subject = {
    kind: 'staff',
    name: body.name,
    staffId: hex(secureRng(8)),
    role: { institution: institution.code, role: body.role },
  } as const;
  const certificate = await issueAndRegister(
    bureau,
    subject,
    readCardKey(body.key),
    { institution: institution.code, pid: null },
    signal,
  );
  return { certificate: toBase64(certificate.der) };
}
