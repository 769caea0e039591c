/**
 * Taking a message in, once: same id and same bytes get the same answer, same id with other bytes ID_REUSED.
 * @module
 */
import type { z } from 'zod';
import type { Ack } from '../../contract/bureau-api.ts';
import { Ack as AckSchema } from '../../contract/bureau-api.ts';
import { ImisError } from '../../contract/errors.ts';
import { hex, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import type { ParsedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import type { Acceptance, AcceptResult, EvidenceRow } from '../store/store.ts';
import type { Bureau, RequestContext } from './bureau.ts';
import { evidenceOf } from './incoming.ts';
import { acknowledge } from './outgoing.ts';

/** Hash of a request as it came, by which a repetition is known. */
export const requestHash = (...parts: readonly string[]): string => hex(h256(utf8(JSON.stringify(parts))));

/**
 * The answer to a message that was accepted before with these very bytes. Asked before anything is verified: what was good once is not
 * refused the second time because an epoch, a card or a day has ended since. Other bytes under the same id go on to verification, and
 * {@link takeIn} refuses them.
 */
export async function earlierAnswer<T>(
  bureau: Bureau,
  request: RequestContext,
  asked: { readonly id: string; readonly hash: string; readonly type: string; readonly answer: z.ZodType<T> },
): Promise<T | undefined> {
  const earlier = await bureau.store.message(asked.id, request.signal);
  const same = earlier?.request_hash === asked.hash && earlier.type === asked.type;
  // Whoever else holds a captured request learns nothing from it.
  if (!same || earlier.institution !== request.terminal.institution) return undefined;
  return asked.answer.parse(JSON.parse(earlier.answer));
}

/**
 * Id of a message signed with P-256: SHA-256 over its signer's key and the 128-bit id of its signed context, hex. The signer stands in it
 * so that nobody can use up another's ids.
 */
export function personalId(parsed: ParsedMessage): string {
  if (parsed.attributes.kind !== 'p256')
    throw new ImisError('CONTEXT_MISMATCH', 'a message signed with P-256 belongs here');
  return hex(h256(keyIdentifier(parsed.signerSpki), parsed.attributes.context.messageId));
}

/** ID_REUSED when a message of this id was accepted before; a repetition of the same bytes was answered earlier. */
export async function refuseReuse(bureau: Bureau, id: string, signal: AbortSignal): Promise<void> {
  if ((await bureau.store.message(id, signal)) !== undefined)
    throw new ImisError('ID_REUSED', 'another message with this id was accepted before');
}

/** What is to be taken in. */
export interface Incoming {
  readonly id: string;
  readonly requestHash: string;
  readonly type: string;
  readonly keyId: string;
  readonly equation: string;
  readonly parsed: ParsedMessage;
  /** What the line of evidence says of it. */
  readonly result: 'ok' | 'late';
  /** Evidence of further signatures that were verified with it. */
  readonly alsoVerified: readonly EvidenceRow[];
  /**
   * What becomes true with it; gets the acknowledgement to store with it. Asked again when what it was decided on has changed meanwhile; may
   * refuse.
   */
  readonly effects: (head: MessageHead, ack: Ack, now: number) => Effects | Promise<Effects>;
}

/** What a row of a message begins with. */
export interface MessageHead {
  readonly version: 1;
  readonly institution: string;
  readonly key_id: string;
}
type Effects = Omit<Acceptance, 'message' | 'evidence'>;

/** Others change the same prescription: how often to look again before giving up. */
const TRIES = 8;

/** Stores a verified message with its effects and evidence in one step and acknowledges it. */
export async function takeIn(bureau: Bureau, request: RequestContext, incoming: Incoming): Promise<Ack> {
  const now = bureau.clock.now();
  const ack = await acknowledge(bureau, incoming.id, now, request.signal);
  const head = { version: 1 as const, institution: request.terminal.institution, key_id: incoming.keyId };
  const { equation, parsed, result: verdict } = incoming;
  const message = {
    ...head,
    type: incoming.type,
    id: incoming.id,
    request_hash: incoming.requestHash,
    signed: parsed.der,
    answer: JSON.stringify(ack),
    received_at: now,
  };
  const evidence = [
    evidenceOf(bureau, { equation, parsed, terminal: request.terminal, result: verdict }),
    ...incoming.alsoVerified,
  ];
  for (let tries = 0; tries < TRIES; tries++) {
    const effects = await incoming.effects(head, ack, now);
    const answer = answerOf(await bureau.store.accept({ message, evidence, ...effects }, request.signal));
    if (answer !== undefined) return AckSchema.parse(JSON.parse(answer));
  }
  throw new Error('a prescription that changes all the while');
}

/** The stored answer of an acceptance; undefined when what it was decided on has changed. Throws ID_REUSED. */
export function answerOf(result: AcceptResult): string | undefined {
  switch (result.result) {
    case 'stored':
    case 'repeated':
      return result.answer;
    case 'id-reused':
      throw new ImisError('ID_REUSED', 'another message with this id was accepted before');
    case 'changed':
      return undefined;
  }
}
