/**
 * Who is calling: the terminal is the client certificate of the TLS connection, checked against the register on every request,
 * so that a revoked terminal is out at once even on a connection that stays open.
 * @module
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { ImisError } from '../../contract/errors.ts';
import { TerminalRole } from '../../contract/formats.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { PkiError } from '../../crypto/pki/pki-error.ts';
import type { Bureau, Terminal } from '../domain/bureau.ts';
import { checkCertificate } from '../domain/incoming.ts';

const parsed = new WeakMap<Socket, Certificate>();
/** Connections whose certificate is none of ours: looked at once. */
const foreign = new WeakSet<Socket>();

function certificateOf(socket: Socket): Certificate {
  const known = parsed.get(socket);
  if (known !== undefined) return known;
  if (foreign.has(socket)) throw new ImisError('TERMINAL_UNKNOWN', 'the client certificate is none of ours');
  const der = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.raw : undefined;
  if (der === undefined) throw new ImisError('TERMINAL_UNKNOWN', 'no client certificate');
  try {
    const certificate = parseCertificate(new Uint8Array(der));
    parsed.set(socket, certificate);
    return certificate;
  } catch (cause) {
    foreign.add(socket);
    throw new ImisError('TERMINAL_UNKNOWN', 'the client certificate is none of ours', { cause });
  }
}

/** The terminal behind a connection. TERMINAL_UNKNOWN for a foreign certificate, CERT_REVOKED or CERT_EXPIRED for one of ours. */
export async function identifyTerminal(bureau: Bureau, socket: Socket, signal: AbortSignal): Promise<Terminal> {
  const certificate = certificateOf(socket);
  try {
    await checkCertificate(bureau, certificate, ['terminal'], signal);
  } catch (cause) {
    const ours =
      cause instanceof PkiError && ['CERT_REVOKED', 'CERT_EXPIRED', 'CERT_NOT_YET_VALID'].includes(cause.code);
    if (ours) throw cause;
    throw new ImisError('TERMINAL_UNKNOWN', 'the client certificate is not in the register', { cause });
  }
  if (certificate.terminalId === undefined || certificate.role === undefined)
    throw new Error('a terminal certificate without terminal');
  return {
    id: hex(certificate.terminalId),
    institution: certificate.role.institution,
    role: TerminalRole.parse(certificate.role.role),
  };
}
