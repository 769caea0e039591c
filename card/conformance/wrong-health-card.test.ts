/**
 * Health cards whose memory slips: the blank profile finds out what was lost, and nothing else.
 */
import { describe, expect, it } from 'vitest';
import { APPLICATIONS, DEFAULT_POLICY } from '../apps/card-profile.ts';
import { type CardMemory, createCardMemory } from '../simulator/card-memory.ts';
import { formatMemory } from '../simulator/card-os.ts';
import { createPatientCard } from '../simulator/patient-card.ts';
import { runBlankProfile } from './blank-profile.ts';
import { benchOf } from './conformance.fixture.ts';

const NOW = Date.UTC(2026, 10, 29, 12);

/** Never written: cells whose names begin so. */
const losing =
  (prefix: string) =>
  (memory: CardMemory): Partial<CardMemory> => ({
    write: (changes) => memory.write(changes.filter(([cell]) => !cell.startsWith(prefix))),
  });

const WRONG: Readonly<Record<string, { slip: (memory: CardMemory) => Partial<CardMemory>; fails: readonly string[] }>> =
  {
    'has no idea of days': { slip: losing('seen-day'), fails: ['pickup.window', 'terminal.expired'] },
    'forgets which set it committed': { slip: losing('tx/committed'), fails: ['set.commit'] },
    'keeps no log': { slip: losing('ef/0301/'), fails: ['sign.counter'] },
    'keeps no answer of a pickup': { slip: losing('pickup/'), fails: ['pickup.window'] },
    'loses a pending set with the power': {
      slip: (memory) => ({
        powerUp: () => {
          memory.powerUp();
          const cells = [...memory.names('tx/operation/'), ...memory.names('tx/announced')];
          if (cells.length > 0) memory.write(cells.map((cell) => [cell, undefined] as const));
        },
      }),
      fails: ['set.power'],
    },
  };

describe('a health card that', () => {
  it.each(Object.entries(WRONG))('%s fails exactly there', async (_name, { slip, fails }) => {
    const whole = createCardMemory();
    formatMemory(whole, APPLICATIONS.patient);
    whole.write([['policy', Uint8Array.of(DEFAULT_POLICY)]]);
    const card = createPatientCard({ memory: { ...whole, ...slip(whole) } });
    const outcomes = await runBlankProfile(benchOf(card), NOW);
    expect(outcomes.filter(({ result }) => result === 'failed').map(({ id }) => id)).toEqual(fails);
  });
});
