/**
 * The thread that draws fingers for a demonstration: a finger takes about a second to grow, and the station must go on meanwhile.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { encode } from 'fast-png';
import { growFinger, impressImage, type RidgePattern } from '../../biometric/testing/synthetic-image.ts';
import { type LaidAnswer, LaidOrder } from './laid-finger-protocol.ts';

const port = parentPort;
if (port === null) throw new Error('demonstration-finger-worker: started as no worker');
const grown = new Map<string, RidgePattern>();

/** The part of a badly laid finger that touches, as shares of the height. */
const TOUCH = { from: 0.6, to: 0.75 } as const;
/** An empty window, grey. */
const EMPTY = 238;

port.on('message', (raw: unknown) => {
  const { person, finger, impression, poor, file } = LaidOrder.parse(raw);
  const name = `${person}-${finger}`;
  const pattern = grown.get(name) ?? growFinger(person, finger);
  grown.set(name, pattern);
  const { width, height, pixels } = impressImage(pattern, impression);
  if (poor) {
    pixels.fill(EMPTY, 0, Math.floor(height * TOUCH.from) * width);
    pixels.fill(EMPTY, Math.floor(height * TOUCH.to) * width);
  }
  writeFileSync(file, encode({ width, height, data: pixels, channels: 1, depth: 8 }));
  port.postMessage({ file } satisfies LaidAnswer);
});
