/**
 * Cards for tests of the conformance suite, right ones and wrong ones: a software card with something in between that breaks one rule.
 * @module
 */
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import type { CardKind } from '../apps/card-profile.ts';
import type { SoftwareCard } from '../simulator/card-os.ts';
import { issuePatient, issueStaff, prepareDoctor } from '../simulator/cards.fixture.ts';
import { createDoctorCard } from '../simulator/doctor-card.ts';
import { createPatientCard } from '../simulator/patient-card.ts';
import { createStaffCard } from '../simulator/staff-card.ts';
import { openCardUnderTest, type TestBench, type Tester } from './card-under-test.ts';
import type { Check } from './check.ts';
import { issuedProfile } from './issued-profile.ts';
import { runConformance } from './run-conformance.ts';

const backend = await createMclBackend();

/** A card as it comes from its maker. */
export function blankCard(kind: CardKind): SoftwareCard {
  switch (kind) {
    case 'patient':
      return createPatientCard();
    case 'doctor':
      return createDoctorCard({ backend });
    case 'staff':
      return createStaffCard();
  }
}

/** An issued one, PIN 123456. */
export async function issuedCard(kind: CardKind): Promise<SoftwareCard> {
  const card = blankCard(kind);
  switch (kind) {
    case 'patient':
      await issuePatient(card);
      break;
    case 'doctor': {
      // The group key is public and of no use before the join, which nothing here asks for.
      const { issuing } = await prepareDoctor(card, new Uint8Array(480));
      await issuing.activate();
      break;
    }
    case 'staff':
      await issueStaff(card);
  }
  return card;
}

/** What stands between suite and card: gets the command and the card, gives the answer. */
export type Between = (bytes: Uint8Array, card: SoftwareCard) => Promise<Uint8Array>;

/** A bench with the card under power on it. */
export function benchOf(card: SoftwareCard, between: Between = (bytes, it) => it.transmit(bytes)): TestBench {
  const reset = async (): Promise<void> => {
    card.powerOff();
    card.powerOn();
  };
  void reset();
  return { atr: card.atr, wire: { transmit: (bytes) => between(bytes, card) }, reset };
}

/** Runs a profile; ids by result. */
export async function conformance(
  bench: TestBench,
  tester: Tester,
  checks?: readonly Check[],
): Promise<{
  outcomes: Awaited<ReturnType<typeof runConformance>>;
  passed: string[];
  failed: string[];
  skipped: string[];
}> {
  const under = await openCardUnderTest(bench, tester);
  const outcomes = await runConformance(checks ?? issuedProfile(under.profile), under);
  const ids = (result: string) => outcomes.filter((one) => one.result === result).map(({ id }) => id);
  return { outcomes, passed: ids('passed'), failed: ids('failed'), skipped: ids('skipped') };
}
