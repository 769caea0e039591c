/**
 * A blank card plays its whole life with an authority made for the run: issued, used at every kind of terminal, blocked and unblocked, and at the end
 * without PUK. **The card is of no use afterwards**; its authority is gone and cannot be put again.
 * @module
 */
import { utf8 } from '../../crypto/common/bytes.ts';
import type { TerminalRole } from '../apps/card-profile.ts';
import { CardError } from '../card-error.ts';
import { type CardUnderTest, openCardUnderTest, type TestBench } from './card-under-test.ts';
import type { Check } from './check.ts';
import { fileChecks } from './file-checks.ts';
import { issuedProfile } from './issued-profile.ts';
import { type IssuedCard, issuingChecks, TEST_PINS } from './issuing-checks.ts';
import { dayChecks, orderChecks } from './order-checks.ts';
import { patientChecks } from './patient-checks.ts';
import { type Outcome, runConformance } from './run-conformance.ts';
import { blockingChecks, exhaustingChecks, transportChecks } from './secret-checks.ts';
import { signingChecks } from './signing-checks.ts';
import { createTestAuthority, newSerial, type TestAuthority } from './test-authority.ts';

/** The issued profile runs at registration; at terminals of these roles the table of files once more. */
const OTHER_ROLES: readonly TerminalRole[] = ['clinic', 'pharmacy', 'emergency', 'bureau', 'insurer'];

const at = (role: TerminalRole, checks: readonly Check[]): readonly Check[] =>
  checks.map((check) => ({ ...check, id: `at-${role}.${check.id}` }));

/** The card as it is now, at a terminal of a role, its PIN known. */
async function reopened(bench: TestBench, authority: TestAuthority, role: TerminalRole): Promise<CardUnderTest> {
  return openCardUnderTest(bench, { desk: await authority.terminal(role), pin: utf8(TEST_PINS.chosen) });
}

/**
 * Consumes the card. `now` is milliseconds since 1970. Rejects with CARD_REFUSED when it is not blank (nothing was done to it then), and as opening
 * does.
 */
export async function runBlankProfile(
  bench: TestBench,
  now: number,
  tell: (outcome: Outcome) => void = () => undefined,
): Promise<readonly Outcome[]> {
  const blank = await openCardUnderTest(bench);
  if (blank.life !== 'blank') throw new CardError('CARD_REFUSED', 'the card is not blank and was left as it is');
  const authority = await createTestAuthority(now);
  const nothing = new Uint8Array(0);
  const made: IssuedCard = { serial: newSerial(), signing: nothing, authentication: nothing };
  const outcomes: Outcome[] = [];
  const run = async (card: CardUnderTest, checks: readonly Check[]): Promise<void> => {
    outcomes.push(...(await runConformance(checks, card, tell)));
  };
  await run(blank, issuingChecks(authority, made));
  const card = await reopened(bench, authority, 'registration');
  await run(card, [...transportChecks(authority), ...issuedProfile(card.profile)]);
  for (const role of OTHER_ROLES) await run(await reopened(bench, authority, role), at(role, fileChecks(card.profile)));
  await run(card, [
    ...blockingChecks(authority),
    ...signingChecks(authority, made),
    ...orderChecks(authority, made),
    ...patientChecks(authority),
    ...dayChecks(authority),
    ...exhaustingChecks(authority),
  ]);
  return outcomes;
}
