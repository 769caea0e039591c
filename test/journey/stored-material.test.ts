/**
 * Public material outlasts a desk: one that is started without a line goes on with what it last checked, and takes nothing older from the line.
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../bureau/store/open-sqlite.ts';
import { head, message } from '../../bureau/testing/store-rows.ts';
import type { ErasedWarrantList } from '../../contract/agents.ts';
import type { PublicMaterial } from '../../contract/bureau-api.ts';
import { beginEpoch } from '../../main/app/administer-bureau.ts';
import { bureauFiles } from '../../main/app/bureau-files.ts';
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

  it('is refused without a warrant that the head counts as erased, and with an earlier list than before', async () => {
    const { wire } = world.desk('pharmacy');
    const bureau = await openSqliteStore(bureauFiles(world.folders.bureau).database);
    const erase = async (serial: string): Promise<void> => {
      const row = { ...head, serial, message_id: serial, erased_at: world.clocks.bureau.now() };
      await bureau.accept({ message: message(serial), evidence: [], erasure: { row, orders: [] } }, signal);
    };
    /** Fetches anew, through somebody who changes what the bureau says. */
    const fetched = async (change: (lists: ErasedWarrantList) => ErasedWarrantList) => {
      const stop = wire.meddle('material', async (input, pass) => {
        const now = await pass(input);
        return { ...now, erasedWarrants: change(now.erasedWarrants) };
      });
      try {
        return await keepMaterial(ports())(signal);
      } finally {
        stop();
      }
    };
    const old = (await wire.client.material({}, signal)).erasedWarrants;
    await erase('0a'.repeat(16));
    const fresh = await fetched((lists) => lists);
    expect(fresh.erased.serials).toEqual([new Uint8Array(16).fill(10)]);
    // Nothing is counted yet: only the number says that this is an earlier list. A desk that keeps working holds both.
    const keep = keepMaterial(ports());
    await keep(signal);
    world.clocks.advance(6 * 60_000);
    const stop = wire.meddle('material', async (input, pass) => ({ ...(await pass(input)), erasedWarrants: old }));
    await expect(keep(signal)).rejects.toMatchObject({ code: 'ERASED_LIST_STALE' });
    stop();
    world.clocks.advance(1_000);
    await beginEpoch(world.folders.bureau, world.clocks.bureau);
    await erase('0b'.repeat(16));
    world.clocks.advance(6 * 60_000);
    await fetched((lists) => lists);
    world.clocks.advance(6 * 60_000);
    await expect(fetched(() => old)).rejects.toMatchObject({ code: 'EPOCH_HEAD_INVALID' });
    const hidden = (lists: ErasedWarrantList) => ({ ...lists, sinceHead: ['0a'.repeat(16), '0b'.repeat(16)] });
    await expect(fetched(hidden)).rejects.toMatchObject({ code: 'EPOCH_HEAD_INVALID' });
    const bent = ({ list, sinceHead }: ErasedWarrantList) => ({ list: `AAAAAw${list.slice(6)}`, sinceHead });
    await expect(fetched(bent)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
    await bureau.close();
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
