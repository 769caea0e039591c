/**
 * What the terminals of this machine show to cards: key and certificate out of their desk folders. The certificate is read for each channel,
 * since a desk renews it while it runs.
 * @module
 */
import { type KeyObject, sign } from 'node:crypto';
import type { TerminalCredential } from '../../card/apps/secure-channel.ts';
import { ImisError } from '../../contract/errors.ts';
import type { TerminalCredentials } from '../station/card-service.ts';
import { readBytes } from './bureau-files.ts';
import { type Desk, loadDesk } from './desk-folder.ts';

/** A credential over a P-256 key in memory; `certificate` is its card-verifiable certificate. */
export const createCredential = (
  key: KeyObject,
  certificate: Uint8Array,
  authority: TerminalCredential['authority'],
): TerminalCredential => ({
  certificate,
  authority,
  sign: async (statement) => new Uint8Array(sign('sha256', statement, { key, dsaEncoding: 'ieee-p1363' })),
});

/** The credential of a desk whose folder was read. */
export const credentialOf = ({
  cardChannel,
  cardAuthority,
}: Pick<Desk, 'cardChannel' | 'cardAuthority'>): TerminalCredential =>
  createCredential(cardChannel.key, readBytes(cardChannel.cvcFile), cardAuthority);

/** Credentials of the desks in these folders, by terminal id; another id rejects with TERMINAL_UNKNOWN. */
export async function loadTerminalCredentials(folders: readonly string[]): Promise<TerminalCredentials> {
  const desks = new Map((await Promise.all(folders.map(loadDesk))).map((desk) => [desk.terminalId, desk]));
  return async (terminal) => {
    const desk = desks.get(terminal);
    if (desk === undefined) throw new ImisError('TERMINAL_UNKNOWN', 'no desk folder of this terminal on this machine');
    return credentialOf(desk);
  };
}
