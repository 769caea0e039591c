/**
 * The issuing worker: the one place of a running bureau where gamma and K_e are in memory. A worker thread with a heap of its own, so that
 * sixty thousand credentials are issued beside the bureau's requests and no secret passes through them.
 * @module
 */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { refusalOf } from '../../contract/errors.ts';
import { decodeGroupKey } from '../../crypto/groupsig/group-key.ts';
import { bundleKeyOf, issueBundle, issueCredential } from '../../crypto/groupsig/issuer.ts';
import { createGroupBackend } from './group-backend.ts';
import { type FromIssuer, IssuerMaterial, ToIssuer } from './issuer-protocol.ts';

const port = parentPort;
if (port === null) throw new Error('issuer-worker runs as a worker thread');
const { groupKey: encoded, secretFile } = IssuerMaterial.parse(workerData);
const backend = await createGroupBackend()();
const groupKey = decodeGroupKey(backend, encoded);
const secret = new Uint8Array(readFileSync(secretFile));

function answer(message: ToIssuer): FromIssuer {
  const { id, epoch, classNumber } = message;
  const input = { secret, groupKey, epoch, classNumber };
  switch (message.kind) {
    case 'issue': {
      const { Q } = message;
      return {
        kind: 'issued',
        id,
        issued: issueCredential(backend, { ...input, Q }),
        bundleKey: bundleKeyOf(input, Q),
      };
    }
    case 'bundle':
      return { kind: 'bundled', id, bundle: issueBundle(backend, { ...input, members: message.members }) };
  }
}

port.on('message', (raw: unknown) => {
  const message = ToIssuer.parse(raw);
  try {
    port.postMessage(answer(message));
  } catch (cause) {
    const refused: FromIssuer = { kind: 'refused', id: message.id, code: refusalOf(cause).code };
    port.postMessage(refused);
  }
});
