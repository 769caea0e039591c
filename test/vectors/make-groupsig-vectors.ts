/**
 * All vector files of NHI-GSIG-V1 over one backend. Run by itself it writes them (`node scripts/write-vectors.ts`).
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { makeContexts } from './make-contexts.ts';
import { makeEpochHeads } from './make-epochs.ts';
import { makeCredentialFiles, makeCredentials, makeJoins } from './make-joining.ts';
import { makeGenerators, makeHashToScalar, makeOpenerSets } from './make-material.ts';
import { makeOpenings } from './make-openings.ts';
import { makeSignatures } from './make-signatures.ts';
import { createVectorGroup } from './vector-group.ts';

/** File name without `.json` -> content. */
export type GroupSigVectors = Awaited<ReturnType<typeof makeGroupSigVectors>>;

/** The same over every backend. */
export async function makeGroupSigVectors(backend: GroupBackend) {
  const group = createVectorGroup(backend);
  return {
    generators: makeGenerators(group),
    'hash-to-scalar': makeHashToScalar(),
    join: makeJoins(group),
    credential: makeCredentials(group),
    'credential-file': makeCredentialFiles(group),
    context: makeContexts(),
    signature: await makeSignatures(group),
    'epoch-head': makeEpochHeads(group),
    'opener-set': makeOpenerSets(group),
    opening: await makeOpenings(group),
  };
}

/** Where the files lie. */
export const VECTOR_FOLDER = join(import.meta.dirname, 'groupsig');

if (import.meta.main) {
  mkdirSync(VECTOR_FOLDER, { recursive: true });
  const vectors = await makeGroupSigVectors(await createMclBackend());
  for (const [name, content] of Object.entries(vectors)) {
    writeFileSync(join(VECTOR_FOLDER, `${name}.json`), `${JSON.stringify(content, null, 2)}\n`);
  }
}
