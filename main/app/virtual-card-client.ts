/**
 * Virtual NHI cards through the component that the bureau gives hospitals (card note 1.4): HTTP and JSON on this machine, first the QR code,
 * then the basic data. The component keeps the code it was last given, so that one reading is over before the next begins.
 * @module
 */
import type { LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { decodeBasicData } from '../../card/apps/nhi-basic-data.ts';
import { CardError } from '../../card/card-error.ts';
import type { BasicData } from '../../contract/basic-data.ts';
import { ImisError } from '../../contract/errors.ts';
import { isUsableAnswer, virtualCardRefusal } from '../../contract/virtual-card-codes.ts';
import type { VirtualCardReader } from '../station/ports.ts';

/** Where the component listens unless a desk's settings say otherwise. */
export const VIRTUAL_CARD_COMPONENT = 'http://localhost:3033/';

const HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
const MAX_ANSWER_BYTES = 64 * 1024;
const TIMEOUT_MS = 15_000;

/** Whether a URL is plain HTTP to this machine and nothing more: no user, path, query or fragment. */
export function isLoopbackUrl(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  return (
    parsed !== null &&
    HOSTS.has(parsed.hostname) &&
    `http://${parsed.host}/` === parsed.href &&
    parsed.protocol === 'http:'
  );
}

// `localhost` is this machine whatever the name service says.
const lookup: LookupFunction = (_name, { all }, found) => {
  if (all === true)
    found(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  else found(null, '127.0.0.1', 4);
};

/** The number under whichever of its three names, as a number or as text; then whatever else the answer holds. */
const NumberOrText = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?[0-9]{1,6}$/u)
    .transform(Number),
]);
const Answer = z
  .looseObject({
    ERRORCODE: NumberOrText.optional(),
    errorCode: NumberOrText.optional(),
    statusCode: NumberOrText.optional(),
  })
  .transform((answer, context) => {
    const number = answer.ERRORCODE ?? answer.errorCode ?? answer.statusCode;
    if (number !== undefined) return { number, buffer: answer['pBuffer'] };
    context.addIssue({ code: 'custom', message: 'no number' });
    return z.NEVER;
  });
type Answer = z.output<typeof Answer>;

/** A reader of virtual cards, and its end. */
export type VirtualCardClient = VirtualCardReader & { close(): Promise<void> };

/** `url` as {@link isLoopbackUrl} demands, else RangeError; `timeout` in milliseconds for each of the two calls. */
export function createVirtualCardClient(options: {
  readonly url: string;
  readonly timeout?: number;
}): VirtualCardClient {
  if (!isLoopbackUrl(options.url)) throw new RangeError('createVirtualCardClient: not a URL of this machine');
  const timeout = options.timeout ?? TIMEOUT_MS;
  const agent = new Agent({ connect: { lookup, timeout }, maxResponseSize: MAX_ANSWER_BYTES, pipelining: 1 });
  let last: Promise<unknown> = Promise.resolve();

  async function post(path: string, body: unknown, signal: AbortSignal): Promise<string> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
    try {
      const answer = await request(new URL(path, options.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(body),
        dispatcher: agent,
        signal: limit,
      });
      const text = await answer.body.text();
      // A redirection is no answer: what was scanned goes to this machine and nowhere else.
      if (answer.statusCode === 200) return text;
      throw new ImisError('VIRTUAL_CARD_ANSWER_INVALID', `${path} answered status ${answer.statusCode}`);
    } catch (cause) {
      if (cause instanceof ImisError) throw cause;
      if (signal.aborted) throw new ImisError('CANCELLED', 'the reading was cancelled', { cause });
      const tooLong = cause instanceof Error && 'code' in cause && cause.code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE';
      if (tooLong) throw new ImisError('VIRTUAL_CARD_ANSWER_INVALID', `${path} answered too much`, { cause });
      throw new ImisError('VIRTUAL_CARD_UNAVAILABLE', `${path}: no answer`, { cause });
    }
  }

  async function ask(path: string, body: unknown, signal: AbortSignal): Promise<Answer> {
    const text = await post(path, body, signal);
    try {
      return Answer.parse(JSON.parse(text));
    } catch (cause) {
      // Without the cause: a parser's words quote what it could not read, and that may hold a name.
      if (cause instanceof SyntaxError || cause instanceof z.ZodError)
        throw new ImisError('VIRTUAL_CARD_ANSWER_INVALID', `${path} answered another shape`);
      throw cause;
    }
  }

  function basicDataOf(buffer: unknown): BasicData {
    if (typeof buffer !== 'string') throw new ImisError('VIRTUAL_CARD_ANSWER_INVALID', 'an answer without its data');
    try {
      const { profile, cancelled } = decodeBasicData(buffer);
      if (cancelled) throw new ImisError('NHI_CARD_CANCELLED', 'the card behind the virtual card is cancelled');
      return profile;
    } catch (cause) {
      if (!(cause instanceof CardError)) throw cause;
      throw new ImisError('VIRTUAL_CARD_ANSWER_INVALID', 'basic data that cannot be read', { cause });
    }
  }

  const refused = (what: string, number: number): ImisError =>
    new ImisError(virtualCardRefusal(number), `${what}: the component answered ${number}`);

  async function readNow(qr: string, signal: AbortSignal): Promise<BasicData> {
    if (signal.aborted) throw new ImisError('CANCELLED', 'the reading was cancelled');
    const uploaded = await ask('QRCodeReader/uploadqrcode', { QRCodeString: qr }, signal);
    // Never go on: the component would answer with the data of whoever came before.
    if (uploaded.number !== 0) throw refused('upload', uploaded.number);
    const answer = await ask('VHC/VHChisGetBasicData', {}, signal);
    if (!isUsableAnswer(answer.number)) throw refused('basic data', answer.number);
    return basicDataOf(answer.buffer);
  }

  return {
    read: (qr, signal) => {
      const next = last.then(() => readNow(qr, signal));
      // Only waits for its turn; the caller hears of its failure.
      last = next.catch(() => undefined);
      return next;
    },
    close: () => agent.close(),
  };
}
