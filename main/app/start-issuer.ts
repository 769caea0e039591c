/**
 * Starts the issuing worker when it is first needed, and again should it die; what it was doing is then refused with INTERNAL and may be
 * asked anew, because issuing twice gives the same.
 * @module
 */
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { GroupIssuer } from '../../bureau/domain/epochs.ts';
import { ImisError, isErrorCode } from '../../contract/errors.ts';
import { FromIssuer, type IssuerMaterial, type ToIssuer } from './issuer-protocol.ts';

/** Beside this file: a TypeScript source, or a bundle of its own name (electron.config.ts). */
const ENTRY = join(import.meta.dirname, `issuer-worker${extname(import.meta.filename)}`);

/** What a call waits for. */
type Waiting = { readonly resolve: (answer: FromIssuer) => void; readonly reject: (cause: unknown) => void };
/** A request without its number. */
type Asked = ToIssuer extends infer M ? (M extends { id: number } ? Omit<M, 'id'> : never) : never;

/** The issuer of a group behind its worker; `close` ends it. */
export function startIssuer(material: IssuerMaterial): GroupIssuer & { close(): Promise<void> } {
  let worker: Worker | undefined;
  let next = 0;
  const waiting = new Map<number, Waiting>();

  const running = (): Worker => {
    if (worker !== undefined) return worker;
    const fresh = new Worker(ENTRY, { workerData: material });
    fresh.unref();
    const end = (cause: unknown): void => {
      if (worker === fresh) worker = undefined;
      for (const { reject } of waiting.values())
        reject(new ImisError('INTERNAL', 'the issuing worker ended', { cause }));
      waiting.clear();
    };
    fresh.on('error', end);
    fresh.on('exit', () => end(undefined));
    fresh.on('message', (raw: unknown) => {
      const message = FromIssuer.parse(raw);
      const one = waiting.get(message.id);
      waiting.delete(message.id);
      if (waiting.size === 0) fresh.unref();
      one?.resolve(message);
    });
    worker = fresh;
    return fresh;
  };

  const ask = async (asked: Asked, signal: AbortSignal): Promise<FromIssuer> => {
    signal.throwIfAborted();
    const id = next++;
    const { promise, resolve, reject } = Promise.withResolvers<FromIssuer>();
    waiting.set(id, { resolve, reject });
    const to = running();
    // Whoever waits for an answer keeps the process alive until it is there.
    to.ref();
    to.postMessage({ ...asked, id });
    const answer = await promise;
    if (answer.kind === 'refused')
      throw new ImisError(isErrorCode(answer.code) ? answer.code : 'INTERNAL', 'the issuer refused');
    return answer;
  };

  return {
    issue: async ({ Q, epoch, classNumber }, signal) => {
      const answer = await ask({ kind: 'issue', Q, epoch, classNumber }, signal);
      if (answer.kind !== 'issued') throw new Error('the issuing worker answered something else');
      return { issued: answer.issued, bundleKey: answer.bundleKey };
    },
    bundle: async ({ members, epoch, classNumber }, signal) => {
      const answer = await ask({ kind: 'bundle', members: [...members], epoch, classNumber }, signal);
      if (answer.kind !== 'bundled') throw new Error('the issuing worker answered something else');
      return answer.bundle;
    },
    close: async () => {
      await worker?.terminate();
    },
  };
}
