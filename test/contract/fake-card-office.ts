/**
 * The cards that the fake station's card office knows: two of one patient and a doctor's, with a short script of what can happen to them.
 * @module
 */
import type { WarrantStanding } from '../../contract/agents.ts';
import type { CardLogLine, CardStep, CardView, ClerkEvent } from '../../contract/card-life.ts';
import type { CardOfficeFlow, CardQuery } from '../../contract/card-office-desk.ts';
import { ImisError } from '../../contract/errors.ts';

type Opened = Extract<CardOfficeFlow, { step: 'card' }>;
type Listed = Extract<CardOfficeFlow, { step: 'warrants' }>;

/** Serial numbers of the patient's card and of the one that may take its place. */
export const OLD_CARD = '4f2b7c0e91d35a6688a1b2c3d4e5f607';
export const NEW_CARD = '1c9e04d2b7f84a5590817263544a3b2c';

/** Serial number of the one warrant of that patient. */
export const WARRANT = '90817263544a3b2c1c9e04d2b7f84a55';

const TODAY = '2026-11-21';
const OF_WANG = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
const NATIONAL_ID = 'A123456789';

const view = (serial: string, more: Partial<CardView> = {}): CardView => ({
  serial,
  kind: 'patient',
  holder: OF_WANG,
  status: 'active',
  issuedAt: '2019-02-01T01:00:00.000Z',
  expiresAt: '2027-01-20T01:00:00.000Z',
  renewalDue: true,
  orders: 0,
  replacedBy: null,
  ...more,
});

const AFTER: Readonly<Record<ClerkEvent, CardView['status']>> = {
  'report-lost': 'lost',
  'report-stolen': 'stolen',
  suspend: 'suspended',
  resume: 'active',
  return: 'returned',
  replace: 'replaced',
  renew: 'replaced',
};

const STEPS: Readonly<Record<CardView['status'], readonly ClerkEvent[]>> = {
  active: ['report-lost', 'report-stolen', 'suspend', 'return', 'replace', 'renew'],
  suspended: ['report-lost', 'report-stolen', 'resume', 'return', 'replace', 'renew'],
  lost: ['report-stolen', 'return', 'replace'],
  stolen: ['return', 'replace'],
  returned: ['replace'],
  expired: ['replace', 'renew'],
  replaced: [],
  'holder-deceased': [],
};

/** The bureau's side of the fake. */
export function createFakeCardOffice() {
  const cards = new Map(
    [
      view(NEW_CARD, {
        issuedAt: '2026-11-20T01:00:00.000Z',
        expiresAt: '2034-11-18T01:00:00.000Z',
        renewalDue: false,
      }),
      view(OLD_CARD),
      view('2d8f13e3c8095b66a1928374655b4c3d', { kind: 'doctor', holder: 'MD-012345', status: 'suspended' }),
    ].map((card) => [card.serial, card]),
  );
  const logs = new Map<string, CardLogLine[]>();
  let warrant: WarrantStanding = {
    serial: WARRANT,
    agentId: '7c1f0d4e7c1f0d4e7c1f0d4e7c1f0d4e',
    maskedName: '趙○芬',
    until: '2027-02-01',
    erased: false,
    used: 1,
  };
  const open = (serial: string): Opened => {
    const card = cards.get(serial);
    if (card === undefined) throw new ImisError('NOT_FOUND', 'no such card');
    const issued = { event: 'issue', status: 'active', reason: '', by: '7f00', at: card.issuedAt } as const;
    return { step: 'card', card, log: [issued, ...(logs.get(serial) ?? [])], steps: [...STEPS[card.status]] };
  };
  return {
    open,
    /** `inReader` is the serial number of the card in the reader. */
    find: (query: CardQuery, inReader: string | undefined): CardOfficeFlow => {
      switch (query.by) {
        case 'reader':
          if (inReader === undefined) throw new ImisError('CARD_ABSENT', 'no card');
          return open(inReader);
        case 'serial':
          return query.serial === WARRANT
            ? { step: 'warrants', warrants: [warrant], today: TODAY }
            : open(query.serial);
        case 'warrants-of':
          return { step: 'warrants', card: query.card, warrants: [warrant], today: TODAY };
        case 'national-id': {
          const found = query.nationalId === NATIONAL_ID ? [...cards.values()] : [];
          return { step: 'found', cards: found.filter(({ holder }) => holder === OF_WANG) };
        }
        case 'status':
          return { step: 'found', cards: [...cards.values()].filter(({ status }) => status === query.status) };
      }
    },
    erase: (flow: Listed, serial: string): Listed => {
      warrant = { ...warrant, erased: true };
      return { ...flow, warrants: [warrant], done: serial };
    },
    take: (serial: string, step: CardStep): Opened => {
      const before = open(serial);
      if (!before.steps.includes(step.event)) return { ...before, refusal: { code: 'CARD_STATE_CONFLICT' } };
      const status = AFTER[step.event];
      const by = 'by' in step ? step.by : null;
      cards.set(serial, { ...before.card, status, replacedBy: by, orders: before.card.orders + 1 });
      const line = { event: step.event, status, reason: step.reason, by: '7f00', at: '2026-11-21T02:00:00.000Z' };
      logs.set(serial, [...(logs.get(serial) ?? []), line]);
      return { ...open(serial), done: step.event };
    },
  };
}
