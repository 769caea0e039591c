/**
 * A writing command with the supply cut at every seventh byte it writes, every other one garbled; with IMIS_TEAR=both at every byte both ways. After power-up the card's memory is the
 * one before or the one after, or one of those named in between; whoever got an answer finds the one after; said again, it ends there.
 * @module
 */
import { expect } from 'vitest';
import { concat, hex, uint } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import type { Rng } from '../../crypto/common/random.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import type { CardSession } from '../apdu/card-session.ts';
import { loadCardMemory } from './card-memory.ts';
import type { SoftwareCard } from './card-os.ts';
import { refusalOf, reinsert } from './cards.fixture.ts';
import { loadCard } from './load-card.ts';

const BOTH_WAYS = process.env['IMIS_TEAR'] === 'both';
/** Odd, so that garbled and clean cuts take turns. */
const STRIDE = BOTH_WAYS ? 1 : 7;

/** Cells of a card by name, in hex. */
export type Cells = Readonly<Record<string, string>>;

/** One writing command. */
export interface Writing {
  /** The card before, as `save` gives it. */
  readonly image: Uint8Array;
  readonly backend: GroupBackend;
  /** Goes as far as the command in a fresh session, and answers it; what is written on the way is not cut. */
  readonly ready: (session: CardSession) => Promise<() => Promise<unknown>>;
  /** What the command, uncut, is refused with: a wrong PIN writes too. */
  readonly refused?: unknown;
  /** Takes out of the cells what is random each time. */
  readonly view?: (cells: Cells) => Cells;
  /** States that may be found besides before and after. */
  readonly between?: (before: Cells, after: Cells) => readonly Cells[];
  /** Takes out what grows each time the command is said. */
  readonly lasting?: (cells: Cells) => Cells;
}

/** The cells of a saved card, as its power-up would leave them. */
export function cellsOf(image: Uint8Array): Cells {
  const memory = loadCardMemory(image);
  if (memory === undefined) throw new Error('a saved card does not load');
  return Object.fromEntries(memory.names('').map((name) => [name, hex(memory.get(name) ?? new Uint8Array(0))]));
}

/** Cells whose names do not begin with one of these. */
export const without =
  (...prefixes: readonly string[]) =>
  (cells: Cells): Cells =>
    Object.fromEntries(Object.entries(cells).filter(([name]) => !prefixes.some((prefix) => name.startsWith(prefix))));

/** Cells that begin with the prefix, by their length only. */
export const lengthsOf =
  (prefix: string) =>
  (cells: Cells): Cells =>
    Object.fromEntries(
      Object.entries(cells).map(([name, value]) => [name, name.startsWith(prefix) ? `${value.length / 2}` : value]),
    );

/** The same bytes in the same order for every card that is loaded. */
function repeatingRng(): Rng {
  let block = 0;
  return (length) => {
    const parts: Uint8Array[] = [];
    for (let have = 0; have < length; have += 32) parts.push(h256(uint(block++, 4)));
    return concat(...parts).slice(0, length);
  };
}

const same = (cells: Cells): Cells => cells;

/** Cuts all along; answers how many bytes the command writes. */
export async function tearAtEveryByte(writing: Writing): Promise<number> {
  const { image, backend, ready, refused, view = same, between = () => [], lasting = same } = writing;
  const load = (): SoftwareCard => loadCard(image, { backend, rng: repeatingRng() }).card;
  const stateOf = (card: SoftwareCard): Cells => view(cellsOf(card.save()));

  const whole = load();
  const say = await ready(reinsert(whole));
  const before = stateOf(whole);
  expect(await refusalOf(say())).toEqual(refused);
  const after = stateOf(whole);
  expect(after).not.toEqual(before);
  const allowed = new Set([before, after, ...between(before, after)].map((cells) => JSON.stringify(cells)));
  const seen = new Set<string>();

  const cutAt = async (bytes: number, torn: boolean): Promise<boolean> => {
    const card = load();
    const command = await ready(reinsert(card));
    card.cutPowerAfterBytes(bytes, torn);
    const outcome = await refusalOf(command());
    card.cutPowerAfterBytes(undefined);
    const cut = outcome === 'CARD_LOST';
    if (!cut) expect(outcome).toEqual(refused);
    card.powerOff();
    const halfway = card.save();
    const session = reinsert(card);
    const found = stateOf(card);
    if (!allowed.has(JSON.stringify(found))) expect(found, `cut at byte ${bytes}`).toEqual(before);
    if (!cut) expect(found).toEqual(after);
    seen.add(JSON.stringify(found));
    expect(view(cellsOf(halfway))).toEqual(found);
    // Said again. It may be refused, where the first time had taken effect.
    const again = await refusalOf((await ready(session))());
    if (again instanceof Error) throw again;
    expect(lasting(stateOf(card)), `said again after a cut at byte ${bytes}`).toEqual(lasting(after));
    return cut;
  };

  let bytes = 0;
  const cutBoth = async (): Promise<boolean> =>
    BOTH_WAYS ? (await cutAt(bytes, false)) && (await cutAt(bytes, true)) : cutAt(bytes, bytes % 2 === 1);
  while (await cutBoth()) bytes += STRIDE;
  // The last bytes are where it is decided: each of them.
  while (bytes > 0 && !(await cutAt(bytes - 1, bytes % 2 === 0))) bytes -= 1;
  expect(seen).toEqual(allowed);
  return bytes;
}
