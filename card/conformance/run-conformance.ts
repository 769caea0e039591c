/**
 * Runs checks on one card and says what came of each. Before and after every check the application is selected; its answer must stay what
 * it was, whatever was said in between.
 * @module
 */
import { equalBytes } from '../../crypto/common/bytes.ts';
import { SW } from '../apdu/status-word.ts';
import { CardError } from '../card-error.ts';
import { type CardUnderTest, selectCommand } from './card-under-test.ts';
import { type Check, expectStatus, expectThat, NonConformity, NotApplicable } from './check.ts';

/** What came of one check. `detail` is empty when it passed. */
export interface Outcome {
  readonly id: string;
  readonly clause: string;
  readonly what: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  readonly detail: string;
}

/** After these nobody answers any more. */
const GONE: readonly CardError['code'][] = [
  'CARD_LOST',
  'CARD_ABSENT',
  'CARD_MUTE',
  'READER_SERVICE_DOWN',
  'CANCELLED',
];

const missing = ({ needs = [], kinds }: Check, card: CardUnderTest): string | undefined => {
  if (kinds !== undefined && !kinds.includes(card.profile.kind)) return `not for a ${card.profile.kind} card`;
  if (needs.includes('desk') && card.desk === undefined) return 'needs --desk';
  if (needs.includes('desk') && card.life === 'blank') return 'the card is blank and believes no terminal yet';
  if (needs.includes('pin') && card.pin === undefined) return 'needs --pin-file';
  return undefined;
};

async function selected({ session, profile }: CardUnderTest): Promise<Uint8Array> {
  const { data, sw } = await session.send(selectCommand(profile));
  expectStatus('SELECT', sw, SW.ok);
  return data;
}

/** Runs all, one after another, and tells each outcome as it comes. What the suite itself does wrong rejects. */
export async function runConformance(
  checks: readonly Check[],
  card: CardUnderTest,
  tell: (outcome: Outcome) => void = () => undefined,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let gone = false;
  const judge = async (check: Check): Promise<Pick<Outcome, 'result' | 'detail'>> => {
    if (gone) return { result: 'skipped', detail: 'the card no longer answers' };
    const reason = missing(check, card);
    if (reason !== undefined) return { result: 'skipped', detail: reason };
    try {
      const before = await selected(card);
      await check.run(card);
      const same = equalBytes(await selected(card), before);
      expectThat(
        same !== (check.changesLife ?? false),
        'SELECT answers another stage of life than it should afterwards',
      );
      return { result: 'passed', detail: '' };
    } catch (cause) {
      if (cause instanceof NotApplicable) return { result: 'skipped', detail: cause.message };
      if (cause instanceof NonConformity) return { result: 'failed', detail: cause.message };
      if (!(cause instanceof CardError)) throw cause;
      gone = GONE.includes(cause.code);
      return { result: 'failed', detail: `${cause.code}: ${cause.message}` };
    }
  };
  for (const check of checks) {
    const { id, clause, what } = check;
    const outcome: Outcome = { id, clause, what, ...(await judge(check)) };
    outcomes.push(outcome);
    tell(outcome);
  }
  return outcomes;
}
