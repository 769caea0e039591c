/**
 * Where the NATS server is that partitions of a gallery are reached by, and what proves the two to one another. Fingers are plain inside what it
 * brings: beyond this machine it is TLS or nothing.
 *
 *     const nats = readNatsAddress({ url: 'tls://nats.bureau:4222', caFile: 'ca.pem', certFile: 'east-a.pem', keyFile: 'east-a.key' });
 *     const connection = await connectNats(nats, 'east/a');
 * @module
 */
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { readBytes } from './bureau-files.ts';
import { BureauFolderError } from './bureau-folder-error.ts';

/** As an administrator gives it; files in PEM. */
export interface NatsFiles {
  readonly url: string;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** Read and checked. Without `tls`: on this machine, as it is. */
export interface NatsAddress {
  /** Host and port. */
  readonly server: string;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

const PORT = '4222';
const isThisMachine = (hostname: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/u.test(hostname);

/** Between attempts to connect again, ms. */
const AGAIN_MS = 1_000;
/** For a first connection, ms. */
const CONNECT_MS = 5_000;

/**
 * `nats://HOST[:PORT]` or `tls://HOST[:PORT]`; with any of the files it is TLS either way, and HOST the name in its certificate. Throws VALUE_INVALID, FOLDER_NOT_FOUND or FOLDER_DAMAGED for a
 * file, NATS_UNPROTECTED.
 */
export function readNatsAddress({ url, caFile, certFile, keyFile }: NatsFiles): NatsAddress {
  const match = /^(nats|tls):\/\/([a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(?::(\d{1,5}))?$/u.exec(url);
  if (match === null) throw new BureauFolderError('VALUE_INVALID', `NATS: ${url}`);
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new BureauFolderError('VALUE_INVALID', 'NATS: a certificate and its key come together');
  const [, scheme, host = '', port = PORT] = match;
  const read = (path: string): string => Buffer.from(readBytes(path)).toString('utf8');
  const files = {
    ...(caFile !== undefined && { ca: read(caFile) }),
    ...(certFile !== undefined && { cert: read(certFile) }),
    ...(keyFile !== undefined && { key: read(keyFile) }),
  };
  const server = `${host}:${port}`;
  if (scheme === 'tls' || Object.keys(files).length > 0) {
    // The client looks for `localhost` in the certificate of a server that it knows by a number.
    if (/^[\d.]+$|^\[/u.test(host))
      throw new BureauFolderError('VALUE_INVALID', 'NATS: with TLS, the name in its certificate');
    return { server, tls: files };
  }
  if (!isThisMachine(host)) throw new BureauFolderError('NATS_UNPROTECTED', host);
  return { server };
}

/**
 * Connects, and from then on again and again whenever the server goes away. NATS_UNREACHABLE: nobody listens, it does not do TLS where that is wanted, or
 * either does not trust the other.
 */
export async function connectNats({ server, tls }: NatsAddress, name: string): Promise<NatsConnection> {
  try {
    return await connect({
      servers: server,
      name,
      // An object: never without TLS, whatever the server says. Null: never with.
      tls: tls === undefined ? null : { ...tls },
      timeout: CONNECT_MS,
      maxReconnectAttempts: -1,
      reconnectTimeWait: AGAIN_MS,
      ignoreAuthErrorAbort: true,
      // No host that nobody named here.
      ignoreClusterUpdates: true,
    });
  } catch (cause) {
    throw new BureauFolderError('NATS_UNREACHABLE', server, { cause });
  }
}
