/**
 * Slips, labels and the work list of the fake station: one prescription, one count for everything that is printed.
 * @module
 */
import type { LineOutcome } from '../../contract/messages.ts';
import type { HandOutPaper, PickupSlip } from '../../contract/paper.ts';
import type { PharmacyFlow } from '../../contract/pharmacy-desk.ts';
import type { WorkItem } from '../../contract/work-list.ts';

/** Another prescription that waits. */
export const WAITING_RX = '0123456789abcdef0123456789abcdef';

const ITEM: WorkItem = {
  rxId: WAITING_RX,
  receivedAt: '2026-11-21T01:23:45.678Z',
  expires: '2026-11-24',
  state: 'open',
};

/** Nothing is printed yet. */
export function createFakePaper() {
  let printed = 0;
  return {
    print: (): void => {
      printed += 1;
    },
    slip: (rxId: string, visitId: string): PickupSlip => ({
      rxId,
      visitId,
      pharmacy: '5901012345',
      issued: '2026-11-21',
      expires: '2027-02-15',
      opens: ['2026-11-21', '2026-12-09', '2026-12-27'],
      printed,
    }),
    ofHandOut: (outcomes: readonly LineOutcome[]): HandOutPaper => ({
      day: '2026-11-21',
      labels: outcomes.map(({ line }) => ({ line, printed })),
    }),
    workList: (opened?: string): PharmacyFlow => ({
      step: 'work-list',
      items: [ITEM],
      page: 1,
      pages: 1,
      total: 1,
      ...(opened === undefined ? {} : { opened: { ...ITEM, rxId: opened, part: 1, parts: 1, lines: [] } }),
      stages: [],
    }),
  };
}
