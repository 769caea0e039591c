/**
 * A bureau on this machine: its folder, served over HTTPS with mutual TLS.
 * @module
 */
import type { BureauServer } from '../../bureau/http/serve-bureau.ts';
import type { Clock } from '../../contract/clock.ts';
import { createKeyStore, toPem } from '../../crypto/pki/key-store.ts';
import { bureauFiles } from './bureau-files.ts';
import { BureauFolderError } from './bureau-folder-error.ts';
import { settlePartitions } from './gallery-service.ts';
import type { LoadOptions } from './load-bureau.ts';

/** A bureau that runs. */
export interface RunningBureau extends BureauServer {
  /** Publishes the epochs that are due, as a timer does every minute. */
  tend(): Promise<void>;
}

/** How often the bureau looks whether an epoch is due, ms. */
const TEND_MS = 60_000;

/** Certificate and key of a key store's entry as TLS wants them. Throws PkiError, or FOLDER_DAMAGED without a certificate. */
async function tlsOf(folder: string, name: string): Promise<{ cert: string; key: string }> {
  const { privateKey, certificate } = await createKeyStore(folder).load(name);
  if (certificate === undefined) throw new BureauFolderError('FOLDER_DAMAGED', `${name} has no certificate`);
  return {
    cert: toPem('CERTIFICATE', certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/**
 * Starts the bureau of a folder; port 0 takes any free one. Epochs follow one another by themselves. Closing the server closes the bureau.
 * Throws as loadBureau and settlePartitions, and what listening throws.
 */
export async function runBureau(
  dir: string,
  where: { readonly host: string; readonly port: number },
  clock: Clock,
  log: (route: string, cause: unknown) => void,
  options: LoadOptions = {},
): Promise<RunningBureau> {
  settlePartitions(dir, options.gallery?.partitions);
  // The web framework loads while keys are read and the group key is checked.
  const [{ serveBureau }, { expireCards }, { tendFingers }, bureau, tls] = await Promise.all([
    import('../../bureau/http/serve-bureau.ts'),
    import('../../bureau/domain/card-life.ts'),
    import('../../bureau/domain/tend-fingers.ts'),
    import('./load-bureau.ts').then(({ loadBureau }) => loadBureau(dir, clock, { log, ...options })),
    tlsOf(bureauFiles(dir).keys, 'server'),
  ]);
  let tending: Promise<unknown> = Promise.resolve();
  const tend = (): void => {
    const stop = new AbortController();
    tending = Promise.all([
      bureau.epochs.tend(stop.signal).catch((cause: unknown) => log('epochs', cause)),
      expireCards(bureau, stop.signal).catch((cause: unknown) => log('expired cards', cause)),
      tendFingers(bureau, stop.signal).catch((cause: unknown) => log('fingers', cause)),
    ]);
  };
  const timer = setInterval(tend, TEND_MS);
  timer.unref();
  const end = async (): Promise<void> => {
    clearInterval(timer);
    await tending;
    await bureau.close();
  };
  try {
    tend();
    const ca = toPem('CERTIFICATE', bureau.keys.ca.certificate.der);
    const server = await serveBureau(bureau, { ...where, tls: { ...tls, ca }, log });
    return {
      url: server.url,
      tend: async () => {
        tend();
        await tending;
      },
      close: async () => {
        await server.close();
        await end();
      },
    };
  } catch (cause) {
    await end();
    throw cause;
  }
}
