/**
 * From `imis scanner enrol` to the bureau's log: an enrolled scanner vouches for the fingers of a query, one that is not does not, and one that stops
 * proving itself is refused at the desk.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeScanner, type FakeScanner } from '../../biometric/device/fake-scanner.fixture.ts';
import { createHidDriver } from '../../biometric/device/hid-driver.ts';
import { createExtractor } from '../../biometric/extract/create-extractor.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { beginEpoch } from '../../main/app/administer-bureau.ts';
import type { OpenDeskStore } from '../../main/app/desk-store.ts';
import { GENERATED_PASSPHRASE_COST } from '../../main/app/officers/sealed-secret.ts';
import { pinStoreKey } from '../../main/app/pin-store-key.ts';
import { enrolledKeyOf, enrolScanner, forgetScanner } from '../../main/app/scanner-keys.ts';
import { openDeskData } from '../../main/app/store-key.ts';
import { storePins } from '../../main/app/store-pin.ts';
import { createFingerScanner, type FingerScanner } from '../../main/station/finger-scanner.ts';
import { impressionOf } from '../harness/laid-images.ts';
import type { StationUnderTest } from './station-under-test.ts';
import { at, LEE, pinOf, ready, refusalIn } from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

const ER = 'emergency';
const PERSON = 101;
const SIZE = { width: 320, height: 400, dpi: 500 } as const;
const never = () => () => undefined;

describe('a scanner at the emergency desk', () => {
  let world: World;
  let er: StationUnderTest;
  let fake: FakeScanner;
  let scanner: FingerScanner;
  let data: OpenDeskStore;
  let desk: { readonly configFile: string; readonly pinFile: string };
  let laid = 0;
  beforeAll(async () => {
    fake = createFakeScanner({ ...SIZE, takesKey: true });
    const bus = { list: () => fake.bus.list(), open: (path: string) => fake.bus.open(path) };
    const keyOf = (id: string) => enrolledKeyOf(data.scannerKeys)(id);
    scanner = createFingerScanner([createHidDriver({ bus, later: never, keyOf })], await createExtractor(), {
      now: () => performance.now(),
    });
    world = await createWorld({ fingerScanner: scanner });
    const [folder, configFile, pinFile] = [
      join(world.dir, 'er-data'),
      join(world.dir, 'er.json'),
      join(world.dir, 'pin'),
    ];
    const config = { version: 1, folder: world.folders.emergency, data: folder, readers: { kind: 'pcsc' } };
    writeFileSync(configFile, JSON.stringify(config));
    writeFileSync(pinFile, 'a start-up PIN');
    desk = { configFile, pinFile };
    data = await openDeskData(folder, pinStoreKey(storePins(pinFile), GENERATED_PASSPHRASE_COST), signal);
    // A card is issued for its first class; the emergency room comes with the next epoch.
    await beginEpoch(world.folders.bureau, world.clocks.bureau);
    er = await world.another([{ folder: world.folders.emergency, slots: ER }], 'er');
    world.table.insert(LEE, 'emergency/left');
    await er.until(ER, ready('emergency/left', 'doctor'));
  });
  afterAll(async () => {
    await scanner.close();
    data.close();
    await world.close();
  });

  /** Plugged in anew, so that the desk looks for its key. */
  const replug = (): Promise<void> => scanner.close();
  const enrol = () =>
    enrolScanner(desk, hex(fake.deviceId), { bus: fake.bus, later: never, others: [], clock: world.clocks.desk });
  const take = async (finger: 2 | 7): Promise<void> => {
    fake.lift();
    const taking = er.station.takeFinger({ desk: ER, finger });
    await er.until(ER, ({ flow }) => flow.step === 'fingers' && flow.waiting?.finger === finger);
    fake.lay(impressionOf(PERSON, finger, ++laid));
    await taking;
  };
  const begin = async (): Promise<void> => {
    await er.station.clear({ desk: ER });
    const reason = { kind: 'unconscious', words: '路倒' } as const;
    await er.station.beginEmergency({ desk: ER, about: { triage: 1, reason, seen: { sex: null, ageBand: null } } });
  };
  /** What the log says of a search with what was taken. */
  const searched = async () => {
    await er.station.searchFingers({ desk: ER, pin: pinOf(LEE) });
    at(await er.state(ER), 'candidates');
    const { fingers, vouched, outcome } = (await world.store.breakGlass(0, 100, signal)).at(-1) ?? expect.fail();
    return { fingers, vouched, outcome };
  };

  it('without a key is taken as it is, and the log says that nothing vouches for it', async () => {
    await begin();
    await take(2);
    expect(await searched()).toEqual({ fingers: 1, vouched: 0, outcome: 'ok' });
  });

  it('once enrolled vouches for every finger, over the challenge that was signed for', async () => {
    await replug();
    await enrol();
    await begin();
    await take(2);
    await take(7);
    expect(await searched()).toEqual({ fingers: 2, vouched: 2, outcome: 'ok' });
    // The same fingers again: taken for the challenge of before, and said so.
    await er.station.moreFingers({ desk: ER });
    expect(await searched()).toEqual({ fingers: 2, vouched: 0, outcome: 'ok' });
  });

  it('that lost its key, or passes for the enrolled one, is refused at the desk', async () => {
    await replug();
    fake.reset();
    await begin();
    await take(2);
    expect(refusalIn((await er.state(ER)).flow)).toBe('SCANNER_UNTRUSTED');
    expect(at(await er.state(ER), 'fingers').taken).toEqual([]);
    await replug();
    await forgetScanner(desk, hex(fake.deviceId));
    await take(2);
    expect(await searched()).toEqual({ fingers: 1, vouched: 0, outcome: 'ok' });
  });
});
