import { beforeAll, describe, expect, it } from 'vitest';
import { equalBytes, utf8 } from '../../crypto/common/bytes.ts';
import type { CardKind } from '../apps/card-profile.ts';
import type { SoftwareCard } from '../simulator/card-os.ts';
import { terminal } from '../simulator/cards.fixture.ts';
import { benchOf, blankCard, conformance, issuedCard } from './conformance.fixture.ts';

const PIN = utf8('123456');
const KINDS = ['patient', 'doctor', 'staff'] as const;
const ROLES = ['registration', 'clinic', 'pharmacy', 'emergency', 'bureau', 'insurer'] as const;

const cards = new Map<CardKind, SoftwareCard>();
beforeAll(async () => {
  for (const kind of KINDS) cards.set(kind, await issuedCard(kind));
});
const cardOf = (kind: CardKind): SoftwareCard => {
  const card = cards.get(kind);
  if (card === undefined) throw new Error('no card');
  return card;
};

describe.each(KINDS)('a %s card', (kind) => {
  it.each(ROLES)('issued, at a terminal of %s, passes everything', async (role) => {
    const { outcomes, skipped } = await conformance(benchOf(cardOf(kind)), { desk: await terminal(role), pin: PIN });
    expect(outcomes.filter(({ result }) => result === 'failed')).toEqual([]);
    expect(skipped).toEqual([]);
    expect(new Set(outcomes.map(({ id }) => id)).size).toBe(outcomes.length);
  });

  it('is as it was afterwards, also when its PIN was given', async () => {
    const before = cardOf(kind).save();
    await conformance(benchOf(cardOf(kind)), { desk: await terminal('clinic'), pin: PIN });
    expect(equalBytes(cardOf(kind).save(), before)).toBe(true);
  });

  it('without desk and PIN passes what needs neither, and says why it skips the rest', async () => {
    const { outcomes, failed } = await conformance(benchOf(cardOf(kind)), {});
    expect(failed).toEqual([]);
    const skipped = outcomes.filter(({ result }) => result === 'skipped');
    expect(new Set(skipped.map(({ detail }) => detail))).toEqual(new Set(['needs --desk']));
    expect(outcomes.length - skipped.length).toBeGreaterThan(25);
  });

  it('blank passes what needs no terminal', async () => {
    const { failed, passed } = await conformance(benchOf(blankCard(kind)), { desk: await terminal('bureau') });
    expect(failed).toEqual([]);
    expect(passed.length).toBeGreaterThan(25);
  });
});
