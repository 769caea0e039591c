/**
 * Challenges: fresh, for one terminal and one purpose, answered once.
 * @module
 */
import { dayOf, instantOf } from '../../contract/calendar.ts';
import { ImisError } from '../../contract/errors.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { ecdsaFromDer } from '../../crypto/pki/ecdsa-signature.ts';
import { challengeBody, encodeChallengeToken } from '../../crypto/proxysig/bureau-token.ts';
import type { Bureau, RequestContext } from './bureau.ts';
import { bureauHead } from './outgoing.ts';

/** What a challenge is wanted for. */
export type ChallengePurpose = 'sign-on' | 'check-in' | 'opening' | 'join' | 'emergency';

/** Issues a challenge. `subject` binds it to one matter, here a visit; `card` (hex, 16 bytes) to one card at this terminal, by a signed token. */
export async function issueChallenge(
  bureau: Bureau,
  request: RequestContext,
  purpose: ChallengePurpose,
  about: { readonly subject?: string; readonly card?: string | undefined } = {},
): Promise<{ challenge: string; expiresAt: string; token?: string }> {
  const challenge = hex(secureRng(32));
  const { challengeLife, emergencyChallengeLife } = bureau.policy;
  const expires = bureau.clock.now() + (purpose === 'emergency' ? emergencyChallengeLife : challengeLife);
  const { keyId } = bureauHead(bureau);
  await bureau.store.saveChallenge(
    {
      version: 1,
      type: purpose,
      institution: request.terminal.institution,
      key_id: keyId,
      challenge,
      terminal: request.terminal.id,
      subject: about.subject ?? null,
      expires_at: expires,
      used_at: null,
    },
    request.signal,
  );
  const answer = { challenge, expiresAt: instantOf(expires) };
  if (about.card === undefined) return answer;
  return { ...answer, token: toBase64(await challengeToken(bureau, request, fromHex(challenge), fromHex(about.card))) };
}

/** The challenge as a card takes it: signed for this terminal and for the challenge of the card itself. */
async function challengeToken(
  bureau: Bureau,
  request: RequestContext,
  challenge: Uint8Array,
  card: Uint8Array,
): Promise<Uint8Array> {
  const statement = challengeBody(challenge, fromHex(request.terminal.id), card);
  return encodeChallengeToken({
    challenge,
    signature: ecdsaFromDer(await bureau.keys.signing.signer.sign(statement, request.signal)),
  });
}

/**
 * A challenge for an opening: names today's visit of that patient at this institution. VISIT_NOT_FOUND: nobody checked in.
 * VISIT_OTHER_INSTITUTION: checked in elsewhere. VISIT_CLOSED: not today. RECORDS_RELEASED: opened before. TERMINAL_NOT_ALLOWED: not a clinic's terminal.
 */
export async function issueOpeningChallenge(
  bureau: Bureau,
  request: RequestContext,
  pid: string,
  card: string | undefined,
): Promise<{ challenge: string; expiresAt: string; token?: string; visitId: string }> {
  const { terminal } = request;
  // Nobody else may ask where a pseudonym has checked in.
  if (terminal.role !== 'clinic')
    throw new ImisError('TERMINAL_NOT_ALLOWED', `an opening at a ${terminal.role} terminal`);
  const today = dayOf(bureau.clock.now());
  const visit = await bureau.store.latestVisit(pid, terminal.institution, request.signal);
  const elsewhere = visit !== undefined && visit.institution !== terminal.institution;
  // What happened elsewhere on other days is not this institution's to know.
  if (visit === undefined || (elsewhere && visit.day !== today))
    throw new ImisError('VISIT_NOT_FOUND', 'this patient has not checked in');
  if (elsewhere) throw new ImisError('VISIT_OTHER_INSTITUTION', 'checked in at another institution');
  if (visit.day !== today) throw new ImisError('VISIT_CLOSED', 'the visit is of another day');
  if (visit.released_at !== null) throw new ImisError('RECORDS_RELEASED', 'this visit was opened before');
  return { ...(await issueChallenge(bureau, request, 'opening', { subject: visit.id, card })), visitId: visit.id };
}
