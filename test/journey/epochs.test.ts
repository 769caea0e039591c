/**
 * A clinic through the change of epochs: the doctor notices nothing, until the doctor is revoked.
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeEpochHead } from '../../crypto/groupsig/epoch-head.ts';
import { beginEpoch, revokeDoctor } from '../../main/app/administer-bureau.ts';
import { DOCTORS } from '../../main/app/demonstration.ts';
import { MINUTE } from './moving-clocks.ts';
import { registerOf } from './register.ts';
import { checkIn, LEE, look, openHouse, patientIn, pinOf, refusalIn, seeDoctor, WANG } from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

const DAY = 24 * 60 * MINUTE;

describe('a clinic from epoch to epoch', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    await openHouse(world);
  });
  afterAll(() => world.close());

  const nextDay = async (): Promise<void> => {
    world.clocks.advance(DAY);
    // Sign-ons end with the shift.
    for (const slot of ['registration/left', 'pharmacy/left', 'clinic/left']) world.table.remove(slot);
    await openHouse(world);
  };
  const tryToOpen = async () => {
    await checkIn(world, WANG);
    await patientIn(world, 'clinic', WANG);
    const state = await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) });
    if (state.desk !== 'clinic') throw new Error('another desk answered');
    const refusal = refusalIn(state.flow);
    world.table.remove('clinic/right');
    await world.station.clear({ desk: 'clinic' });
    return refusal;
  };

  it('signs today with what is on the card, and on later days with what is in the bundle', async () => {
    const { wire } = world.desk('clinic');
    await seeDoctor(world, WANG);
    await nextDay();
    const { rxId } = await seeDoctor(world, WANG);
    // Every class was fetched, whoever the doctor is.
    const epochs = new Set(
      wire.seen.filter(({ route }) => route === 'bundle').map(({ input }) => paramsOf(input).epoch),
    );
    for (const epoch of epochs) {
      const classes = wire.seen
        .filter(({ route, input }) => route === 'bundle' && paramsOf(input).epoch === epoch)
        .map(({ input }) => paramsOf(input).doctorClass);
      expect(classes).toEqual(['1', '4', '5']);
    }
    // A prescription of yesterday is good today.
    await nextDay();
    expect((await look(world, WANG, rxId)).state).toBe('ready');
    world.table.remove('pharmacy/right');
    await world.station.clear({ desk: 'pharmacy' });
  });

  it('signs on when the line failed before midnight: the next bundles were fetched ahead', async () => {
    await seeDoctor(world, WANG);
    const { wire } = world.desk('clinic');
    const before = wire.seen.length;
    const stop = wire.meddle('bundle', async () => {
      throw Object.assign(new Error('the line failed'), { code: 'BUREAU_UNREACHABLE' });
    });
    // Twelve hours before its beginning an epoch is published, and the visit just now fetched what was there.
    const chain = (await wire.client.material({}, signal)).epochs.map((text) =>
      decodeEpochHead(Buffer.from(text, 'base64')),
    );
    const newest = chain.at(-1);
    if (newest !== undefined && newest.notBefore > world.clocks.desk.now())
      world.clocks.advance(newest.notBefore + MINUTE - world.clocks.desk.now());
    for (const slot of ['registration/left', 'pharmacy/left', 'clinic/left']) world.table.remove(slot);
    await openHouse(world);
    await seeDoctor(world, WANG);
    stop();
    expect(wire.seen.slice(before).some(({ route }) => route === 'bundle')).toBe(false);
  });

  it('refuses a bundle that is not the one announced', async () => {
    await nextDay();
    const { wire } = world.desk('clinic');
    const stop = wire.meddle('bundle', async (input, pass) => {
      const { bundle } = await pass(input);
      const bytes = Buffer.from(bundle, 'base64');
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
      return { bundle: bytes.toString('base64') };
    });
    const before = registerOf(world);
    expect(await tryToOpen()).toBe('BUREAU_ANSWER_INVALID');
    stop();
    expect(registerOf(world).records).toEqual(before.records);
    await seeDoctor(world, WANG);
  });

  it('refuses heads that the bureau did not sign, with a gap, or older than those it has seen', async () => {
    const { wire } = world.desk('clinic');
    const old = await wire.client.material({}, signal);
    const flip = (text: string): string => {
      const bytes = Buffer.from(text, 'base64');
      bytes.writeUInt8(bytes.readUInt8(60) ^ 1, 60);
      return bytes.toString('base64');
    };
    const meddled = async (change: (material: typeof old) => typeof old) => {
      // After five minutes the material is fetched anew.
      world.clocks.advance(6 * MINUTE);
      const stop = wire.meddle('material', async (input, pass) => change(await pass(input)));
      await checkIn(world, WANG);
      await patientIn(world, 'clinic', WANG);
      const state = await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) });
      stop();
      world.table.remove('clinic/right');
      await world.station.clear({ desk: 'clinic' });
      return state.desk === 'clinic' ? refusalIn(state.flow) : undefined;
    };
    expect(await meddled((now) => ({ ...now, epochSignature: flip(now.epochSignature) }))).toBe('EPOCH_HEAD_INVALID');
    expect(await meddled((now) => ({ ...now, epochs: now.epochs.slice(0, -1) }))).toBe('EPOCH_HEAD_INVALID');
    expect(await meddled((now) => ({ ...now, epochs: [...now.epochs.slice(0, 1), ...now.epochs.slice(2)] }))).toBe(
      'EPOCH_HEAD_INVALID',
    );
    await beginEpoch(world.folders.bureau, world.clocks.bureau);
    await seeDoctor(world, WANG);
    expect(await meddled((now) => ({ ...now, epochs: old.epochs, epochSignature: old.epochSignature }))).toBe(
      'EPOCH_HEAD_INVALID',
    );
    await seeDoctor(world, WANG);
  });

  it('stops a revoked doctor at the next epoch, and at once in an emergency', async () => {
    const { doctorId } = DOCTORS[0];
    await revokeDoctor(world.folders.bureau, doctorId, true, world.clocks.bureau);
    world.clocks.advance(6 * MINUTE);
    const before = registerOf(world);
    expect(await tryToOpen()).toBe('DOCTOR_NOT_IN_EPOCH');
    expect(registerOf(world).records).toEqual(before.records);
  });
});

const paramsOf = (input: { readonly params?: unknown }): { readonly epoch: string; readonly doctorClass: string } =>
  // What the desk sent for this route.
  input.params as { readonly epoch: string; readonly doctorClass: string };
