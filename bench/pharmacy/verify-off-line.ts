/**
 * Eq 16 off line: a prescription of the kept inbox opened and verified whole, by each backend, in the thread of the desk.
 * @module
 */

import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { decodeGroupKey } from '../../crypto/groupsig/group-key.ts';
import { nativeBackendForTests } from '../../crypto/groupsig/node/testing/native-backend.ts';
import { verifySignature } from '../../crypto/groupsig/verify.ts';
import { keepGroup } from '../../main/station/doctor-signer.ts';
import { keepMaterial, trustPatient } from '../../main/station/material.ts';
import { verifyPrescription } from '../../main/station/pharmacy-verifying.ts';
import { openHouse, seeDoctor, WANG } from '../../test/journey/walk.ts';
import { createWorld, signal } from '../../test/journey/world.ts';

/** Milliseconds of each run by backend; `native` is empty where there is no compiler. */
export async function verifyOffLine(
  rounds: number,
): Promise<{ readonly wasm: readonly number[]; readonly native: readonly number[] }> {
  const world = await createWorld();
  await openHouse(world);
  const { rxId } = await seeDoctor(world, WANG);
  const { ports } = world.desk('pharmacy');
  world.runTimers(5 * 60_000);
  const sealed = await waitFor(async () => (await ports.store.inbox(signal)).find((one) => one.rxId === rxId));
  const material = await keepMaterial(ports)(signal);
  world.desk('pharmacy').wire.cut();
  world.table.insert(WANG, 'pharmacy/right');
  await world.until('pharmacy', ({ flow }) => flow.step === 'listed');
  const { signing } = await ports.cards.patientCertificates({ slot: 'pharmacy/right' }, signal);
  const native = nativeBackendForTests();
  const run = async (backend: GroupBackend): Promise<number[]> => {
    const key = decodeGroupKey(backend, material.groupKey);
    const own = {
      ...ports,
      groupVerifier: () => ({
        verify: async (ctx: Uint8Array, hash: Uint8Array, signature: Uint8Array) =>
          verifySignature(backend, key, ctx, hash, signature),
      }),
    };
    const group = await keepGroup(own)(material);
    const samples: number[] = [];
    for (let i = 0; i < rounds + 5; i++) {
      const begun = performance.now();
      const patient = trustPatient(material, signing, ports.clock.now(), 'patient-signing');
      await verifyPrescription(own, material, group, sealed, patient, signal);
      if (i >= 5) samples.push(performance.now() - begun);
    }
    return samples;
  };
  const figures = {
    wasm: await run(await createMclBackend()),
    native: native === undefined ? [] : await run(native),
  };
  await world.close();
  return figures;
}

async function waitFor<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 200; i++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
  throw new Error('waited in vain');
}
