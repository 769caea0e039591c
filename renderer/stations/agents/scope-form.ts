/**
 * The form in which a holder says what an agent may collect, before it is a scope.
 * @module
 */
import { AGENT_DAYS, type AgentPrescription, type AgentScope } from '../../../contract/agent-service.ts';

/** As it is filled in; texts as they were typed. */
export interface ScopeForm {
  /** Empty: any prescription. */
  readonly chosen: readonly string[];
  readonly uses: string;
  /** Empty: any pharmacy. */
  readonly pharmacy: string;
  readonly until: string;
  /** Controlled drugs too. */
  readonly controlled: boolean;
}

const DAY = 86_400_000;
/** Days that come with an empty form. */
const MONTH = 30;

/** What most people want: anything, three times, a month; `latest` is the last day that can be asked for. */
export const emptyScope = (latest: string): ScopeForm => ({
  chosen: [],
  uses: '3',
  pharmacy: '',
  until: new Date(Date.parse(latest) - (AGENT_DAYS - MONTH) * DAY).toISOString().slice(0, 10),
  controlled: false,
});

/** What can be ticked: controlled drugs only where they are wanted. */
export const offered = (
  prescriptions: readonly AgentPrescription[],
  { controlled }: Pick<ScopeForm, 'controlled'>,
): readonly AgentPrescription[] => prescriptions.filter((one) => controlled || one.controlled !== true);

/** The form with or without controlled drugs; without them none stays ticked. */
export const withControlled = (
  form: ScopeForm,
  prescriptions: readonly AgentPrescription[],
  controlled: boolean,
): ScopeForm => ({
  ...form,
  controlled,
  chosen: form.chosen.filter((rxId) => offered(prescriptions, { controlled }).some((one) => one.rxId === rxId)),
});

/** How many pickups single prescriptions have left. */
const partsOf = (chosen: readonly string[], prescriptions: readonly AgentPrescription[]): number =>
  prescriptions.filter(({ rxId }) => chosen.includes(rxId)).reduce((sum, { partsLeft }) => sum + partsLeft, 0);

/** The scope, or undefined while something is missing. Single prescriptions are collected as often as they have parts left. */
export function scopeOf(
  { chosen, uses, pharmacy, until, controlled }: ScopeForm,
  prescriptions: readonly AgentPrescription[],
  latest: string,
): AgentScope | undefined {
  const times = chosen.length === 0 ? Number(uses) : partsOf(chosen, prescriptions);
  const isCount = Number.isInteger(times) && times >= 1 && times <= 255;
  if (!isCount || !/^\d{4}-\d{2}-\d{2}$/u.test(until) || until > latest) return undefined;
  return {
    prescriptions: [...chosen],
    pharmacies: pharmacy === '' ? [] : [pharmacy],
    uses: times,
    until,
    ...(controlled ? { controlled } : {}),
  };
}
