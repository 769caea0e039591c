/**
 * `imis card diagnose` as a command of its own, on a real pcscd with virtual readers. Runs inside a card room
 * (card-diagnose.real.test.ts starts it) and prints one line of JSON a check.
 * @module
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { SoftwareCard } from '../../card/simulator/card-os.ts';
import { encodeNhiProfile } from '../../card/simulator/encode-nhi-profile.ts';
import { createPatientCard } from '../../card/simulator/patient-card.ts';
import { createNhiCard } from '../../card/simulator/software-nhi-card.ts';
import { createStaffCard } from '../../card/simulator/staff-card.ts';
import { createVpcdLink } from '../../card/simulator/vpcd-link.ts';
import { SHARED } from '../../card/transport/pcsc-library.ts';
import { createPcscReader } from '../../card/transport/pcsc-reader.ts';
import { furnishCardRoom, type Pcscd, startPcscd } from '../harness/card-room.ts';

const IMIS = join(import.meta.dirname, '..', '..', 'cli', 'imis.ts');
const SLOT = 'Left 00 00';
const HOLDER = {
  cardNumber: '000000001234',
  name: '王小明',
  idNumber: 'A123456789',
  birthDate: '1984-05-17',
  sex: 'male',
  issued: '2020-11-09',
} as const;

const Report = z.strictObject({
  usable: z.boolean(),
  findings: z.array(z.strictObject({ code: z.string(), level: z.string(), values: z.record(z.string(), z.string()) })),
});

/** Runs the command to its end; the cards it speaks to live in this process. */
async function imis(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number; out: string; err: string }>();
  execFile(process.execPath, [IMIS, 'card', 'diagnose', ...args], { timeout: 30_000 }, (error, out, err) =>
    resolve({ code: error === null ? 0 : Number(error.code), out, err }),
  );
  return promise;
}
/** Exit code, codes of all findings in order, and the values of each. */
async function diagnose(...args: string[]) {
  const { code, out, err } = await imis(...args, '--json', 'yes');
  assert.equal(err, '');
  const { usable, findings } = Report.parse(JSON.parse(out));
  assert.equal(usable, code === 0);
  return {
    code,
    codes: findings.map((finding) => finding.code),
    values: (wanted: string) => findings.find((finding) => finding.code === wanted)?.values ?? {},
    out,
  };
}

let pcscd: Pcscd | undefined;
/** Runs `work` while a card is in the first slot and pcscd has noticed it. */
async function withCard<T>(card: SoftwareCard, work: () => Promise<T>): Promise<T> {
  const link = createVpcdLink(card);
  const reader = await createPcscReader({ names: [SLOT] });
  const until = async (wanted: string): Promise<void> => {
    for (let i = 0; (await reader.slots())[0]?.state !== wanted; i++) {
      if (i > 300) throw new Error(`never ${wanted}`);
      await pause(20);
    }
  };
  await link.insert(pcscd?.ports[0] ?? 0);
  await until('present');
  try {
    return await work();
  } finally {
    await link.remove();
    await until('empty');
    await reader.close();
  }
}
const start = async (...readers: string[]): Promise<void> => {
  await pcscd?.stop();
  pcscd = await startPcscd(readers);
};

const checks: Readonly<Record<string, () => Promise<void>>> = {
  'without the service it says so, in both languages, with what to do': async () => {
    const { code, codes } = await diagnose();
    assert.deepEqual([code, codes], [1, ['LIBRARY', 'SERVICE_DOWN', 'NOT_USABLE']]);
    const { out } = await imis();
    assert.match(
      out,
      /✗ 讀卡服務沒有執行。.*\(C-203\)\n {2}The reader service does not run\. Run systemctl start pcscd/u,
    );
  },
  'readers without cards: nothing shows that they work': async () => {
    await start('Left');
    const { code, codes, values } = await diagnose();
    assert.equal(code, 1);
    assert.deepEqual(codes.slice(0, 3), ['LIBRARY', 'SERVICE', 'READERS']);
    assert.equal(values('READERS')['list'], 'Left 00 00, Left 00 01');
    assert.match(values('SERVICE')['version'] ?? '', /^\d+\.\d+/u);
    assert.match(values('SERVICE')['protocol'] ?? '', /^4:\d+$/u);
    assert.equal(codes.filter((one) => one === 'CARD_NONE').length, 2);
    assert.deepEqual(codes.slice(-2), ['NOTHING_ANSWERED', 'NOT_USABLE']);
  },
  'a reader nobody has': async () => {
    const { code, codes } = await diagnose('--reader', 'Right 00 00');
    assert.deepEqual([code, codes.slice(3)], [1, ['READER_UNKNOWN', 'NOT_USABLE']]);
  },
  'a blank card of ours is recognised, decoded and timed': () =>
    withCard(createPatientCard(), async () => {
      const { code, codes, values } = await diagnose('--reader', SLOT);
      assert.equal(code, 0);
      assert.deepEqual(codes.slice(-4), ['ATR_EXTENDED', 'CARD_BLANK', 'ROUND_TRIP', 'USABLE']);
      assert.deepEqual(values('ATR_EXTENDED'), {
        reader: SLOT,
        historical: '80738021c0620100',
        offered: 'T=1',
        protocol: 'T=1',
      });
      const { least, median, count } = values('ROUND_TRIP');
      assert.equal(count, '20');
      assert.ok(Number(least) > 0 && Number(median) >= Number(least));
    }),
  'the NHI card answers, and nothing of its holder is said': () =>
    withCard(createNhiCard({ profile: encodeNhiProfile(HOLDER) }), async () => {
      const { code, codes, out } = await diagnose();
      assert.equal(code, 0);
      assert.ok(codes.includes('CARD_NHI'));
      const text = (await imis()).out;
      for (const secret of [HOLDER.cardNumber, HOLDER.name, HOLDER.idNumber, '1984', '0730517']) {
        assert.ok(!`${out}${text}`.includes(secret), secret);
      }
    }),
  'a foreign card: its historical bytes may number it, and are not printed': async () => {
    const foreign: SoftwareCard = {
      ...createStaffCard(),
      transmit: async () => Uint8Array.of(0x6d, 0x00),
      atr: Uint8Array.of(0x3b, 0x84, 0x01, 0xde, 0xad, 0xbe, 0xef, 0x84 ^ 0x01 ^ 0xde ^ 0xad ^ 0xbe ^ 0xef),
    };
    await withCard(foreign, async () => {
      const { code, codes, out, values } = await diagnose();
      assert.equal(code, 1);
      assert.ok(codes.includes('CARD_UNKNOWN'));
      assert.equal(values('ATR_SHORT')['historical'], '4 B');
      assert.ok(!out.includes('dead'));
    });
  },
  'a card that another program uses is left alone, one held exclusively is a fault': () =>
    withCard(createStaffCard(), async () => {
      const { default: addon } = await import('pcsc-mini/build/addon.node.js');
      const shared = await addon.newClient().connect(SLOT, SHARED, 3);
      const first = await diagnose();
      assert.equal(first.code, 1);
      assert.equal(first.values('READER_SHARED')['programs'], '1');
      assert.ok(!first.codes.some((one) => one === 'CARD_BLANK'));
      await shared.disconnect(0);
      const alone = await addon.newClient().connect(SLOT, 1, 3);
      const second = await diagnose();
      assert.equal(second.code, 1);
      assert.ok(second.codes.includes('READER_EXCLUSIVE'));
      await alone.disconnect(0);
      assert.equal((await diagnose()).code, 0);
    }),
  'a card that freezes its reader is named, and the command ends all the same': async () => {
    let frozen = false;
    const thaw = Promise.withResolvers<Uint8Array>();
    const card = createStaffCard();
    const silent: SoftwareCard = {
      ...card,
      transmit: (command) => (frozen ? thaw.promise : card.transmit(command)),
    };
    await withCard(silent, async () => {
      frozen = true;
      try {
        const { code, codes } = await diagnose('--reader', SLOT);
        assert.equal(code, 1);
        assert.deepEqual(codes.slice(-2), ['READER_STUCK', 'NOT_USABLE']);
      } finally {
        thaw.resolve(new Uint8Array(0));
      }
    });
  },
  'six slots: all are found though a client watches four': async () => {
    await start('Left', 'Middle', 'Right');
    const { codes, values } = await diagnose();
    const { count, limit, watched } = values('READERS_OVER_LIMIT');
    assert.deepEqual([count, limit, watched], ['6', '4', '4']);
    assert.equal(codes.filter((one) => one === 'CARD_NONE').length, 6);
  },
};

furnishCardRoom();
for (const [name, check] of Object.entries(checks)) {
  const started = performance.now();
  let detail = 'ok';
  try {
    await check();
  } catch (cause) {
    detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  }
  console.log(JSON.stringify({ name, ok: detail === 'ok', detail, ms: Math.round(performance.now() - started) }));
}
await pcscd?.stop();
process.exit(0);
