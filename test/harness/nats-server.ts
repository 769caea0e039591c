/**
 * Debian's nats-server on a free port of this machine.
 * @module
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Files of TLS: an authority and, certified by it, one pair for the server and one for whoever connects (PEM). */
export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Makes them in a folder; the server is `localhost`. */
export function makeTlsFiles(folder: string): { readonly server: TlsFiles; readonly client: TlsFiles } {
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: 'ignore' });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const ca = at('ca.pem');
  openssl('req', '-x509', ...newKey, '-keyout', at('ca.key'), '-out', ca, '-days', '2', '-subj', '/CN=authority');
  const pair = (name: string, usage: string): TlsFiles => {
    const [cert, key, request, extensions] = [
      at(`${name}.pem`),
      at(`${name}.key`),
      at(`${name}.csr`),
      at(`${name}.ext`),
    ];
    writeFileSync(extensions, `subjectAltName=DNS:localhost\nextendedKeyUsage=${usage}\n`);
    openssl('req', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
    const signing = ['-CA', ca, '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '1', '-extfile', extensions];
    openssl('x509', '-req', '-in', request, '-out', cert, ...signing);
    return { ca, cert, key };
  };
  return { server: pair('server', 'serverAuth'), client: pair('client', 'clientAuth') };
}

/** Starts it; with `tls` it talks to nobody without a certificate of the authority. Whoever starts it ends the process. */
export async function startNats(tls?: TlsFiles): Promise<{ readonly process: ChildProcess; readonly port: number }> {
  const port = await freePort();
  const flags =
    tls === undefined
      ? []
      : ['--tls', '--tlsverify', '--tlscacert', tls.ca, '--tlscert', tls.cert, '--tlskey', tls.key];
  const child = spawn('/usr/sbin/nats-server', ['-a', '127.0.0.1', '-p', String(port), ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const line of createInterface(child.stderr)) {
    if (!line.includes('Server is ready')) continue;
    // What it says from now on is not read.
    child.stderr.resume();
    return { process: child, port };
  }
  throw new Error('nats-server has ended');
}
