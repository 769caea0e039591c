/**
 * Fingers to lay on the scanner of a demonstration: invented people have invented fingers, grown when they are first wanted, and the scanner is a
 * folder (biometric/device/folder-driver.ts). No scanner at all is behind it, and where patients are served it is refused.
 * @module
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CaptureDriver, Later } from '../../biometric/device/capture-driver.ts';
import { createFolderDriver } from '../../biometric/device/folder-driver.ts';
import { ImisError } from '../../contract/errors.ts';
import type { LaidFinger } from '../../contract/taken-finger.ts';
import { PATIENTS } from './demonstration.ts';
import { LaidAnswer, type LaidOrder } from './laid-finger-protocol.ts';

/** Resolution of the pictures, pixels an inch. */
const DPI = 500;
/** Right and left index finger. */
const POSITIONS = [2, 7] as const;
const ENTRY = join(import.meta.dirname, `demonstration-finger-worker${extname(import.meta.filename)}`);

/** What people's fingers are grown from. Invented fingers look more alike than real ones; of these no two would be taken for one person. */
const SEEDS = [101, 111, 112, 115] as const;

/** A finger with what it is grown from. */
type Known = LaidFinger & { readonly person: number };

/** Two fingers of everybody, one of them also laid badly, and two of somebody who is in no register. */
const KNOWN: readonly Known[] = [
  ...PATIENTS.map(({ id, person }) => ({ id, label: person.name })),
  { id: 'stranger', label: '未登記的人' },
].flatMap(({ id, label }, i) => {
  const person = SEEDS[i] ?? 0;
  const of = (finger: number, poor: boolean): Known => ({
    id: `${id}-${finger}${poor ? '-poor' : ''}`,
    label,
    finger,
    poor,
    person,
  });
  return [...POSITIONS.map((finger) => of(finger, false)), ...(i === 0 ? [of(POSITIONS[0], true)] : [])];
});

/** The folder that stands for a scanner, and what is laid on it. */
export interface LaidFingers {
  readonly driver: CaptureDriver;
  readonly list: LaidFinger[];
  /** Resolves once the picture lies there. NOT_FOUND. */
  lay(id: string): Promise<void>;
  close(): Promise<void>;
}

/** In a folder of its own under the system's temporary one, which goes with it. */
export function createLaidFingers(later: Later): LaidFingers {
  const parent = mkdtempSync(join(tmpdir(), 'imis-fingers-'));
  const folder = join(parent, 'demonstration');
  mkdirSync(folder);
  let worker: Worker | undefined;
  let laid = 0;
  let before = Promise.resolve();
  const draw = async (order: LaidOrder): Promise<void> => {
    worker ??= new Worker(ENTRY);
    worker.unref();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.postMessage(order);
    try {
      LaidAnswer.parse(await promise);
    } finally {
      worker.off('error', reject);
    }
  };
  return {
    driver: createFolderDriver({ folder: parent, dpi: DPI, mode: 'demonstration', later }),
    list: KNOWN.map(({ person: _person, ...shown }) => shown),
    lay: async (id) => {
      const known = KNOWN.find((one) => one.id === id);
      if (known === undefined) throw new ImisError('NOT_FOUND', 'no such finger');
      const { person, finger, poor } = known;
      const number = ++laid;
      const name = `${String(number).padStart(6, '0')}.png`;
      // Written beside it and moved, for the driver takes whatever it sees.
      const file = join(parent, name);
      const turn = before.then(async () => {
        await draw({ person, finger, impression: number, poor, file });
        renameSync(file, join(folder, name));
      });
      before = turn.catch(() => undefined);
      await turn;
    },
    close: async () => {
      await worker?.terminate();
      rmSync(parent, { recursive: true, force: true });
    },
  };
}
