/**
 * The staff application from the host's side: registrar, nurse, pharmacist, clerk, officer. Signs for its holder after the PIN.
 * @module
 */
import type { CardSession } from '../apdu/card-session.ts';
import { open, readFile, type Signal } from './card-commands.ts';
import { APPLICATIONS, STAFF_FILES } from './card-profile.ts';
import { type HolderOperations, holderOperations } from './holder.ts';
import { openChannel, type TerminalCredential } from './secure-channel.ts';

/** A staff card. Every call may reject with CARD_LOST, CARD_ANSWER_INVALID and CANCELLED. */
export interface StaffApp extends HolderOperations {
  /** DER of the role and institution certificate. */
  readCertificate(signal?: Signal): Promise<Uint8Array>;
  readChain(signal?: Signal): Promise<Uint8Array>;
}

/** Selects the staff application and opens a channel to it; rejects with CARD_WRONG_KIND, CARD_TERMINAL_REFUSED, CARD_NOT_GENUINE. */
export async function openStaffApp(
  outside: CardSession,
  terminal: TerminalCredential,
  signal?: Signal,
): Promise<StaffApp> {
  await open(outside, APPLICATIONS.staff, signal);
  const { session, card } = await openChannel(outside, APPLICATIONS.staff, terminal, signal);
  const profile = { ...APPLICATIONS.staff, files: STAFF_FILES };
  return {
    ...holderOperations(session, profile, card),
    readCertificate: (signal) => readFile(session, STAFF_FILES.certificate, signal),
    readChain: (signal) => readFile(session, STAFF_FILES.chain, signal),
  };
}
