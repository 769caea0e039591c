/**
 * Starts the issuing worker when it is first needed, and again should it die; what it was doing is then refused with INTERNAL and may be
 * asked anew, because issuing twice gives the same. Whoever cancels is let go at once; the worker finishes, and its answer is dropped.
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
/** A worker and those who wait for it; its successor has others. */
type Running = { readonly worker: Worker; readonly waiting: Map<number, Waiting> };
/** A request without its number. */
type Asked = ToIssuer extends infer M ? (M extends { id: number } ? Omit<M, 'id'> : never) : never;

/** The issuer of a group behind its worker; `close` ends it. */
export function startIssuer(material: IssuerMaterial): GroupIssuer & { close(): Promise<void> } {
  let present: Running | undefined;
  let next = 0;

  const running = (): Running => {
    if (present !== undefined) return present;
    const worker = new Worker(ENTRY, { workerData: material });
    const waiting = new Map<number, Waiting>();
    const fresh = { worker, waiting };
    worker.unref();
    // After an 'error' comes an 'exit', when this worker's successor may be at work.
    const end = (cause: unknown): void => {
      if (present === fresh) present = undefined;
      for (const { reject } of waiting.values())
        reject(new ImisError('INTERNAL', 'the issuing worker ended', { cause }));
      waiting.clear();
    };
    worker.on('error', end);
    worker.on('exit', () => end(undefined));
    worker.on('message', (raw: unknown) => {
      const message = FromIssuer.parse(raw);
      // Nobody waits for it any more when the caller has cancelled.
      waiting.get(message.id)?.resolve(message);
    });
    present = fresh;
    return fresh;
  };

  const ask = async (asked: Asked, signal: AbortSignal): Promise<FromIssuer> => {
    signal.throwIfAborted();
    const id = next++;
    const { promise, resolve, reject } = Promise.withResolvers<FromIssuer>();
    const { worker, waiting } = running();
    worker.postMessage({ ...asked, id });
    waiting.set(id, { resolve, reject });
    // Whoever waits for an answer keeps the process alive until it is there.
    worker.ref();
    const cancel = (): void => reject(signal.reason);
    signal.addEventListener('abort', cancel, { once: true });
    const answer = await promise.finally(() => {
      signal.removeEventListener('abort', cancel);
      waiting.delete(id);
      if (waiting.size === 0) worker.unref();
    });
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
      await present?.worker.terminate();
    },
  };
}
