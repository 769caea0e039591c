/**
 * Wires one desk: its folder, its client of the bureau, its store, the cards it may see.
 * @module
 */
import type { cardServiceContract } from '../../contract/card-service.ts';
import type { Api } from '../../contract/dispatch.ts';
import { ImisError } from '../../contract/errors.ts';
import { hex } from '../../crypto/common/bytes.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { spkiOf } from '../../crypto/pki/key-store.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { createBureauClient } from '../../nhi-client/bureau-client.ts';
import { createOutbox } from '../../nhi-client/outbox.ts';
import type { SafetyTable } from '../../record/safety-table.ts';
import { type CardChannelFile, keepCardChannel } from '../station/card-channel.ts';
import type { FingerScanner } from '../station/finger-scanner.ts';
import type { DeskPorts, Later, StationLog, TerminalIdentity, VirtualCardReader } from '../station/ports.ts';
import { readBytes } from './bureau-files.ts';
import { type Desk, deskOfRole } from './desk-folder.ts';
import type { OpenDeskStore } from './desk-store.ts';
import { keepVerifiers } from './keep-verifiers.ts';
import { replaceFile } from './new-folder.ts';
import { systemClock } from './system-clock.ts';

/** What a desk is wired from. */
export interface DeskWiring {
  readonly desk: Desk;
  readonly bureauUrl: string;
  /** The desk's own store, which the ports' end closes. */
  readonly data: OpenDeskStore;
  readonly cards: Api<typeof cardServiceContract>;
  readonly ownsSlot: (slot: string) => boolean;
  readonly virtualCard?: VirtualCardReader | undefined;
  readonly safetyTable?: SafetyTable | undefined;
  /** Where fingers are taken; shared with the other desks of a demonstration, and closed by whoever opened it. */
  readonly fingerScanner?: FingerScanner | undefined;
  readonly log: StationLog;
}

/** Who a desk is, from its folder. */
export const terminalIdentity = (desk: Desk): TerminalIdentity => ({
  id: desk.terminalId,
  institution: desk.institution,
  institutionName: desk.institutionName,
  keyId: hex(keyIdentifier(desk.terminal.spki)),
});

/** The desk's channel key and certificate, as its folder has them. */
export const cardChannelFile = ({ cardChannel, cardAuthority }: Desk): CardChannelFile => ({
  spki: spkiOf(cardChannel.key),
  authority: cardAuthority.point,
  read: () => readBytes(cardChannel.cvcFile),
  replace: (certificate) => replaceFile(cardChannel.cvcFile, certificate),
});

/** Runs something later, without keeping the process alive for it. */
export const later: Later = (ms, work) => {
  const timer = setTimeout(work, ms);
  timer.unref();
  return () => clearTimeout(timer);
};

/** The ports of a desk, and their end. Throws TERMINAL_NOT_ALLOWED for a terminal that no screens are for. */
export function createDeskPorts(
  wiring: DeskWiring,
  groupBackend: () => Promise<GroupBackend>,
): { readonly ports: DeskPorts; close(): Promise<void> } {
  const { desk, cards, ownsSlot, log } = wiring;
  const name = deskOfRole(desk.desk);
  if (name === undefined)
    throw new ImisError('TERMINAL_NOT_ALLOWED', `there are no screens for a ${desk.desk} terminal`);
  const { store, outbox, close } = wiring.data;
  const bureau = createBureauClient({ url: wiring.bureauUrl, tls: desk.tls });
  const verifiers = keepVerifiers();
  const terminal = terminalIdentity(desk);
  const channel = cardChannelFile(desk);
  const endRenewal = keepCardChannel({ bureau, terminal, clock: systemClock, channel, later, log });
  return {
    ports: {
      desk: name,
      terminal,
      cards,
      ownsSlot,
      virtualCard: wiring.virtualCard,
      safetyTable: wiring.safetyTable,
      fingerScanner: wiring.fingerScanner,
      bureau,
      outbox: createOutbox({ store: outbox, client: bureau, clock: systemClock }),
      store,
      clock: systemClock,
      groupBackend,
      groupVerifier: verifiers.for,
      institutionKey: desk.decryption,
      bureauCa: desk.bureauCa.der,
      later,
      log,
    },
    close: async () => {
      endRenewal();
      await verifiers.close();
      await bureau.close();
      close();
    },
  };
}
