/**
 * A verifying worker: a thread with a backend of its own that takes batches from its pool (verify-pool.ts). It holds no secret.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { verifyBatch } from '../batch.ts';
import { decodeGroupKey } from '../group-key.ts';
import { chooseGroupBackend } from './load-native.ts';
import { type Batch, unpackItems, type Verdicts, type WorkerMaterial } from './verify-protocol.ts';

const port = parentPort;
if (port === null) throw new Error('verify-worker runs as a worker thread');
// Given by the pool, in this very form.
const { groupKey: encoded } = workerData as WorkerMaterial;
const backend = await chooseGroupBackend();
const groupKey = decodeGroupKey(backend, encoded);

port.on('message', ({ id, packed }: Batch) => {
  const verdicts = Uint8Array.from(verifyBatch(backend, groupKey, unpackItems(packed)), Number);
  const answer: Verdicts = { id, verdicts };
  port.postMessage(answer, [verdicts.buffer]);
});
