/**
 * The group signature in figures. "wasm" is measured in a process that has loaded no addon at all, which it checks at its end; "native" and
 * what names no backend in another one, with the backend the product chooses.
 *
 *   npm run bench -- groupsig [--long]
 * @module
 */
import { spawn } from 'node:child_process';
import { createMclBackend } from '../crypto/groupsig/backend-mcl.ts';
import { chooseGroupBackend } from '../crypto/groupsig/node/load-native.ts';
import {
  assertNoAddon,
  measureBatch,
  measureOpening,
  measurePool,
  measureReissue,
  measureSigning,
  measureVerifying,
} from './groupsig/measure.ts';
import { createSigningGroup } from './groupsig/signing-group.ts';
import type { Timing } from './groupsig/timing.ts';
import { type Figure, isReached, report, rounded } from './report.ts';

const MEMBERS = 60_000;
const [, , ...args] = process.argv;
const long = args.includes('--long');
const part = args[args.indexOf('--part') + 1];

const NATIVE_PEER =
  'libgroupsig KLAP20 1.26-1.32, PS16 1.33-1.40, BBS04 1.30, native and one at a time, same kind of machine';
const NO_NATIVE = 'no native backend here (npm run build:native)';

type Bounds = Pick<Figure, 'unit' | 'target' | 'peer'>;

/** A figure out of a timing; undefined: there was nothing to measure it with. */
const figure = (id: string, timing: Timing | undefined, bounds: Bounds, note = ''): Figure =>
  timing === undefined
    ? { id, value: null, ...bounds, note: NO_NATIVE }
    : { id, value: timing.value, median: timing.median, ...bounds, note: `minimum of ${timing.times}; ${note}` };

const ms = (target: number | null, peer: number | null = null): Bounds => ({ unit: 'ms', target, peer });

async function wasmFigures(): Promise<readonly Figure[]> {
  const backend = await createMclBackend();
  const group = createSigningGroup(backend);
  const signing = await measureSigning(group);
  const items = await group.signMany(1000);
  const { verify, pairing } = await measureVerifying(group, items);
  const { one } = await measureBatch(group, items);
  const pool = await measurePool(group, items, 5);
  const figures = [
    figure('sign.online.wasm.ms', signing.online, ms(null), 'as sign.online.ms'),
    figure(
      'sign.total.wasm.ms',
      signing.total,
      ms(null, 1.99),
      'as sign.total.ms; peer: the same scheme in a first prototype',
    ),
    figure(
      'calibration.pairing.wasm.ms',
      pairing,
      ms(null, 2.71),
      'one product of two pairings by mcl-wasm; peer: the same call when the targets were set, so the quotient says how fast this machine is now',
    ),
    figure('verify.wasm.ms', verify, ms(5.2, 5.0), 'one at a time; peer: the same scheme in a first prototype'),
    figure(
      'batch1000.wasm.ms',
      one,
      ms(2.4, 2.37),
      'each of 1,000, one thread; peer: the same scheme in a first prototype',
    ),
    figure(
      'pool2.wasm.speedup',
      pool,
      { unit: 'times', target: null, peer: null },
      `as pool2.speedup, 1,000 signatures in ${pool.one.toFixed(0)} and ${pool.two.toFixed(0)} ms`,
    ),
    ...(long
      ? [
          figure(
            'reissue60000.wasm.s',
            await measureReissue(group, MEMBERS, 1),
            { unit: 's', target: null, peer: null },
            'as reissue60000.s',
          ),
        ]
      : []),
  ];
  assertNoAddon(backend);
  return figures;
}

async function productFigures(): Promise<readonly Figure[]> {
  const backend = await chooseGroupBackend();
  const isNative = backend.name !== 'mcl-wasm';
  const used = `backend ${backend.name}`;
  const group = createSigningGroup(backend);
  const signing = await measureSigning(group);
  const items = await group.signMany(2000);
  const single = isNative ? await measureVerifying(group, items) : undefined;
  const batch = isNative ? await measureBatch(group, items) : undefined;
  const pool = await measurePool(group, items, isNative ? 9 : 5);
  const opening = await measureOpening(group, MEMBERS, isNative ? 100 : 20);
  const reissue = await measureReissue(group, MEMBERS, isNative ? 5 : 1);
  const ratio =
    single === undefined
      ? undefined
      : {
          value: single.verify.value / single.pairing.value,
          median: single.verify.median / single.pairing.median,
          times: single.verify.times,
        };
  const opened = `three officers, combiner and judge in a row, each verifying first; ${used}, register in SQLite in memory, sig_D checked`;
  return [
    figure(
      'sign.online.ms',
      signing.online,
      ms(0.15, 0.204),
      `${used}; from H_M to 400 bytes, presignature ready, software card's answer and its check included; peer: KLAP20 signing, native`,
    ),
    figure(
      'sign.total.ms',
      signing.total,
      ms(1.3, 0.204),
      `${used}; card's commitment, coupon, answer, check; peer: KLAP20 signing, native, no opening by t of n`,
    ),
    figure('verify.native.ms', single?.verify, ms(1, 1.26), `peer: ${NATIVE_PEER}`),
    figure('batch1000.native.ms', batch?.one, ms(0.55, 1.26), 'each of 1,000, one thread; peer: KLAP20, one at a time'),
    figure(
      'batch1000.native2.ms',
      batch?.two,
      ms(0.3, 1.26),
      'each of 1,000, two asynchronous works; peer: KLAP20, one at a time',
    ),
    figure(
      'verify.native.ratio_pairing',
      ratio,
      { unit: 'ratio', target: null, peer: null },
      `to one product of two pairings, taken in turn${single === undefined ? '' : ` (${single.pairing.value.toFixed(3)} ms)`}`,
    ),
    figure(
      'pool2.speedup',
      pool,
      { unit: 'times', target: 1.7, peer: null },
      `${used}; 2,000 signatures through a pool of one thread and of two, in turn: ${pool.one.toFixed(0)} and ${pool.two.toFixed(0)} ms; value: ratio of the minima, median: of each pair`,
    ),
    figure('open_judge.ms.10', opening.small, ms(6), opened),
    figure('open_judge.ms.60000', opening.large, ms(6), opened),
    figure(
      'open_judge.without_combiner.ms',
      opening.forJudge,
      ms(null),
      'as open_judge.ms.60000, the judge alone combining',
    ),
    figure(
      'reissue60000.s',
      reissue,
      { unit: 's', target: 15, peer: null },
      `${used}; 60,000 credentials with their masked bundle, one thread`,
    ),
    {
      id: 'signature.bytes',
      value: signing.bytes,
      unit: 'bytes',
      target: 400,
      peer: 208,
      note: 'peer: KLAP20, whose opening is linear in the members and not by t of n',
    },
  ];
}

/** Runs a part in a process of its own; the last line it prints is its figures. */
async function figuresOf(name: string, environment: Record<string, string>): Promise<readonly Figure[]> {
  const child = spawn(process.execPath, [import.meta.filename, '--part', name, ...(long ? ['--long'] : [])], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) output += String(chunk);
  const [code] = await (child.exitCode === null
    ? new Promise<[number | null]>((resolve) => child.on('exit', (exit) => resolve([exit])))
    : [child.exitCode]);
  if (code !== 0) throw new Error(`the ${name} part ended with ${code}`);
  // Written by this very file.
  return JSON.parse(output) as readonly Figure[];
}

const shown = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : String(rounded(value));

function printTable(figures: readonly Figure[]): void {
  const rows = figures.map((one) => {
    const reached = isReached(one);
    return [
      one.id,
      shown(one.value),
      shown(one.median),
      shown(one.target),
      shown(one.peer),
      reached === undefined ? '' : reached ? 'reached' : 'MISSED',
    ];
  });
  const head = ['id', 'minimum', 'median', 'target', 'peer', ''];
  const table = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  for (const row of table)
    console.log(
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
    );
}

const ORDER = [
  'sign.online.ms',
  'sign.total.ms',
  'verify.wasm.ms',
  'verify.native.ms',
  'batch1000.wasm.ms',
  'batch1000.native.ms',
  'batch1000.native2.ms',
  'verify.native.ratio_pairing',
  'pool2.speedup',
  'open_judge.ms.10',
  'open_judge.ms.60000',
  'reissue60000.s',
  'signature.bytes',
];

if (args.includes('--part')) {
  const figures = await (part === 'wasm' ? wasmFigures() : productFigures());
  console.log(JSON.stringify(figures));
} else {
  console.log('about three minutes in two processes, one after the other; nothing else should run beside them');
  const figures = [...(await figuresOf('product', {})), ...(await figuresOf('wasm', { IMIS_NATIVE: 'off' }))];
  const place = ({ id }: Figure): number => (ORDER.includes(id) ? ORDER.indexOf(id) : ORDER.length);
  const ordered = figures.toSorted((a, b) => place(a) - place(b));
  printTable(ordered);
  report('groupsig', ordered);
}
