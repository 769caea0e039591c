import { describe, expect, it } from 'vitest';
import { runBlankProfile } from './blank-profile.ts';
import { benchOf, blankCard, issuedCard } from './conformance.fixture.ts';

const NOW = Date.UTC(2026, 10, 29, 12);

describe.each(['patient', 'doctor', 'staff'] as const)('a blank %s card', (kind) => {
  it('plays its whole life and passes', async () => {
    const outcomes = await runBlankProfile(benchOf(blankCard(kind)), NOW);
    expect(outcomes.filter(({ result }) => result === 'failed')).toEqual([]);
    const skipped = outcomes.filter(({ result }) => result === 'skipped');
    expect(skipped.filter(({ detail }) => !detail.startsWith('not for a'))).toEqual([]);
    expect(new Set(outcomes.map(({ id }) => id)).size).toBe(outcomes.length);
    expect(outcomes.length).toBeGreaterThan(110);
  });
});

it('an issued card is left as it is', async () => {
  const card = await issuedCard('staff');
  const before = card.save();
  await expect(runBlankProfile(benchOf(card), NOW)).rejects.toMatchObject({ code: 'CARD_REFUSED' });
  expect(card.save()).toEqual(before);
});
