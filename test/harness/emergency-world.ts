/**
 * The world of the emergency room: a bureau and three desks (registration, emergency, card office), four processes. Two of the desks take fingers, each
 * from a virtual scanner of libfprint: they run as demonstrations, for a kiosk refuses such scanners where patients are served.
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GreyImage } from '../../biometric/extract/grey-image.ts';
import { createDeskWorld, type DeskWorld } from './desk-world.ts';
import { layVirtually } from './virtual-image.ts';

const READERS = ['Issuing', 'Registration', 'Emergency', 'Office'] as const;
type ReaderName = (typeof READERS)[number];
type EmergencyDesks = 'registration' | FingerDesk;
/** Desks that take fingers. */
export type FingerDesk = 'emergency' | 'card-office';

export interface EmergencyWorld extends DeskWorld<EmergencyDesks, ReaderName> {
  /** Lays a finger on the scanner of a desk. */
  lay(desk: FingerDesk, image: GreyImage): Promise<void>;
}

/** Builds it; takes about two seconds. */
export async function createEmergencyWorld(): Promise<EmergencyWorld> {
  const sockets = mkdtempSync(join(tmpdir(), 'imis-scanners-'));
  const socketOf = (desk: FingerDesk): string => join(sockets, `${desk}.sock`);
  const scanning = (desk: FingerDesk) => ({
    arguments: ['--demonstration', 'yes'],
    environment: { FP_VIRTUAL_IMAGE: socketOf(desk) },
  });
  const world = await createDeskWorld(READERS, {
    registration: { reader: 'Registration' },
    emergency: { reader: 'Emergency', ...scanning('emergency') },
    'card-office': { reader: 'Office', ...scanning('card-office') },
  });
  return {
    ...world,
    lay: (desk, image) => layVirtually(socketOf(desk), image),
    close: async () => {
      await world.close();
      rmSync(sockets, { recursive: true, force: true });
    },
  };
}
