/**
 * Public material outlasts a desk: one that is started without a line goes on with what it last checked, and takes nothing older from the line.
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PublicMaterial } from '../../contract/bureau-api.ts';
import { beginEpoch } from '../../main/app/administer-bureau.ts';
import { keepMaterial, type MaterialPorts } from '../../main/station/material.ts';
import { createWorld, signal, type World } from './world.ts';

describe('material that was stored', () => {
  let world: World;
  let stored: PublicMaterial | undefined;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.close());

  const logged: string[] = [];
  const ports = (): MaterialPorts => ({
    ...world.desk('pharmacy').ports,
    log: (event) => logged.push(event),
    store: {
      material: async () => stored,
      saveMaterial: async (material) => {
        stored = material;
      },
    },
  });

  it('serves a desk that is started while the bureau is away', async () => {
    await expect(keepMaterial(ports())(signal)).resolves.toBeDefined();
    const known = stored;
    if (known === undefined) throw new Error('nothing was stored');
    await world.stopBureau();
    const again = await keepMaterial(ports())(signal);
    expect(again.epochs.at(-1)?.encoded).toEqual(new Uint8Array(Buffer.from(known.epochs.at(-1) ?? '', 'base64')));
    // A fresh desk that never saw the bureau has nothing to go by.
    stored = undefined;
    await expect(keepMaterial(ports())(signal)).rejects.toMatchObject({ code: 'BUREAU_UNREACHABLE' });
    stored = known;
    await world.startBureau();
  });

  it('is not believed when it was altered on the disk', async () => {
    const known = stored;
    if (known === undefined) throw new Error('nothing was stored');
    await world.stopBureau();
    stored = { ...known, epochSignature: known.signingCertificate };
    await expect(keepMaterial(ports())(signal)).rejects.toMatchObject({ code: 'BUREAU_UNREACHABLE' });
    expect(logged.at(-1)).toContain('does not hold');
    stored = known;
    await world.startBureau();
  });

  it('names the card authority, and is refused with another certificate in its place', async () => {
    const trusted = await keepMaterial(ports())(signal);
    expect(trusted.cardAuthority.reference).toBe('TWIMISCVCA00001');
    expect(trusted.cardAuthority.point).toHaveLength(65);
    world.clocks.advance(6 * 60_000);
    const stop = world.desk('pharmacy').wire.meddle('material', async (input, pass) => {
      const now = await pass(input);
      return { ...now, cardAuthorityCertificate: now.signingCertificate };
    });
    await expect(keepMaterial(ports())(signal)).rejects.toMatchObject({ code: 'CERT_WRONG_KIND' });
    stop();
  });

  it('keeps a bureau, or whoever stands in between, from playing back an older state after a restart', async () => {
    const { wire } = world.desk('pharmacy');
    const old = await wire.client.material({}, signal);
    await beginEpoch(world.folders.bureau, world.clocks.bureau);
    world.clocks.advance(6 * 60_000);
    await keepMaterial(ports())(signal);
    world.clocks.advance(6 * 60_000);
    const stop = wire.meddle('material', async (input, pass) => {
      const now = await pass(input);
      return { ...now, epochs: old.epochs, epochSignature: old.epochSignature };
    });
    await expect(keepMaterial(ports())(signal)).rejects.toMatchObject({ code: 'EPOCH_HEAD_INVALID' });
    stop();
    await keepMaterial(ports())(signal);
  });
});
