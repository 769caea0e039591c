/**
 * The bureau's inbox as a work list: what state a prescription is in for this desk, and pages. Pure.
 * @module
 */
import type { z } from 'zod';
import type { bureauApi } from '../../contract/bureau-api.ts';
import { type ErrorCode, ImisError } from '../../contract/errors.ts';
import type { PrescriptionState } from '../../contract/prescription-state.ts';
import {
  WORK_LIST_PAGE,
  type WorkItem,
  type WorkItemDetail,
  type WorkItemState,
  type WorkListPage,
} from '../../contract/work-list.ts';
import type { PrescriptionStanding } from './prescription-view.ts';

/** One line of the bureau's inbox. */
export type InboxLine = z.output<typeof bureauApi.inbox.answer>['items'][number];

/** What this desk knows beside the bureau's word. */
export interface WorkListKnowledge {
  /** Whether this desk has the secret of the lock. */
  readonly holdsLock: (rxId: string) => boolean;
  /** YYYY-MM-DD in Taiwan. */
  readonly today: string;
}

/** Why nothing is left to prepare. */
const OVER: Readonly<Partial<Record<PrescriptionState, ErrorCode>>> = {
  owing: 'RX_COLLECTED',
  dispensed: 'RX_COLLECTED',
  cancelled: 'RX_CANCELLED',
  expired: 'RX_EXPIRED',
};

function workState(
  { rxId, state, opensOn }: Pick<InboxLine, 'rxId' | 'state' | 'opensOn'>,
  { holdsLock, today }: WorkListKnowledge,
): WorkItemState {
  if (state === 'accepted') return holdsLock(rxId) ? 'here' : 'elsewhere';
  return opensOn !== undefined && today < opensOn ? 'early' : 'open';
}

/** A page of the inbox, the last one where there are not as many. What is over is left out. */
export function pageOf(inbox: readonly InboxLine[], page: number, known: WorkListKnowledge): WorkListPage {
  const open = inbox.filter(({ state }) => OVER[state] === undefined);
  const pages = Math.max(1, Math.ceil(open.length / WORK_LIST_PAGE));
  const shown = Math.min(page, pages);
  const from = (shown - 1) * WORK_LIST_PAGE;
  const items = open.slice(from, from + WORK_LIST_PAGE).map(
    (line): WorkItem => ({
      rxId: line.rxId,
      receivedAt: line.receivedAt,
      expires: line.expires,
      state: workState(line, known),
    }),
  );
  return { items, page: shown, pages, total: open.length };
}

/** The page on which a prescription is; undefined when it is on none. */
export function pageWith(
  inbox: readonly InboxLine[],
  rxId: string,
  known: WorkListKnowledge,
): WorkListPage | undefined {
  for (let page = 1; ; page += 1) {
    const found = pageOf(inbox, page, known);
    if (found.items.some((item) => item.rxId === rxId)) return found;
    if (found.pages === page) return undefined;
  }
}

/** RX_COLLECTED, RX_CANCELLED or RX_EXPIRED when nothing is left to prepare. */
export function refuseOver({ state }: Pick<PrescriptionStanding, 'state'>): void {
  const over = OVER[state];
  if (over !== undefined) throw new ImisError(over, `nothing to prepare: ${state}`);
}

/** One that is opened, by the bureau's newest word. Refusals of {@link refuseOver}. */
export function detailOf(
  { receivedAt }: Pick<WorkItem, 'receivedAt'>,
  standing: PrescriptionStanding,
  known: WorkListKnowledge,
): WorkItemDetail {
  const { rxId, expires, parts, used, opensOn, state } = standing;
  refuseOver(standing);
  return {
    rxId,
    receivedAt,
    expires,
    state: workState({ rxId, state, opensOn }, known),
    part: Math.min(used + 1, parts),
    parts,
    ...(opensOn === undefined ? {} : { opensOn }),
  };
}

/** The page with one line in another state. */
export const withState = (page: WorkListPage, rxId: string, state: WorkItemState): WorkListPage => ({
  ...page,
  items: page.items.map((item) => (item.rxId === rxId ? { ...item, state } : item)),
});
