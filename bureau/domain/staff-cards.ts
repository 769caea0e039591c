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
import { registerCard } from './card-register.ts';
import { issueAndRegister, readCardKey } from './enrolment.ts';

/** The identifier of whoever holds the card that is replaced; NOT_FOUND unless it is a staff card. */
async function replacedHolder({ store }: Bureau, serial: string, signal: AbortSignal): Promise<string> {
  const card = await store.card(serial, signal);
  if (card?.kind !== 'staff') throw new ImisError('NOT_FOUND', 'no such staff card');
  return card.holder;
}

/**
 * Issues the certificate (DER) and the card's own (CVC), base64; `by` is for the log. NOT_FOUND for an institution or a card to replace that
 * the bureau does not know.
 */
export async function issueStaffCard(
  bureau: Bureau,
  body: z.output<typeof bureauApi.staffCard.body>,
  by: string,
  signal: AbortSignal,
): Promise<z.output<typeof bureauApi.staffCard.answer>> {
  const institution = bureau.institutions.find(({ code }) => code === body.institution);
  if (institution === undefined) throw new ImisError('NOT_FOUND', 'no such institution');
  const [signingKey, authenticationKey] = [readCardKey(body.key), readCardKey(body.authenticationKey)];
  const staffId = body.replaces === undefined ? hex(secureRng(8)) : await replacedHolder(bureau, body.replaces, signal);
  const subject = {
    kind: 'staff',
    name: body.name,
    staffId,
    role: { institution: institution.code, role: body.role },
  } as const;
  const certificate = await issueAndRegister(
    bureau,
    subject,
    signingKey,
    { institution: institution.code, pid: null },
    signal,
  );
  const { authentication } = await registerCard(
    bureau,
    {
      kind: 'staff',
      holder: staffId,
      pid: null,
      institution: institution.code,
      signingKey,
      authenticationKey,
      certificates: [certificate.serial],
      by,
    },
    signal,
  );
  return { certificate: toBase64(certificate.der), authentication: toBase64(authentication) };
}
