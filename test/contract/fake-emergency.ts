/**
 * The emergency desk and the fingerprints of the card office of the fake station: one person who is found, whatever finger is laid.
 */

import type { CardOfficeFlow } from '../../contract/card-office-desk.ts';
import { ImisError } from '../../contract/errors.ts';
import { isWholeSet } from '../../contract/fingerprint-desk.ts';
import type { FingerprintStanding } from '../../contract/fingerprints.ts';
import type { EmergencyFlow } from '../../contract/station.ts';
import type { AskedFinger, TakenFinger } from '../../contract/taken-finger.ts';

type About = Extract<EmergencyFlow, { step: 'fingers' }>['about'];
type Fingers = Extract<EmergencyFlow, { step: 'fingers' }> | Extract<CardOfficeFlow, { step: 'fingerprints' }>;

/** One grey pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==';
export const HANDLE = 'c0ffee00c0ffee00c0ffee00c0ffee00';
const PHOTO = { mime: 'image/png', data: PIXEL } as const;
const AT = '2026-11-21T02:00:00.000Z';
const ENDS = { clearsAt: '2026-11-21T02:05:00.000Z', endsAt: '2026-11-21T02:15:00.000Z' } as const;

const taken = (finger: AskedFinger): TakenFinger => ({
  finger,
  grade: 'good',
  problems: [],
  preview: `data:image/png;base64,${PIXEL}`,
});

const standing = (state: FingerprintStanding['state'], fingers: number[]): FingerprintStanding => ({
  pid: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
  state,
  fingers,
  since: state === 'undecided' ? null : AT,
  renewalDue: false,
  inForce: true,
  events: [],
});

/** Steps of both desks. */
export function createFakeEmergency() {
  const outOfOrder = () => new ImisError('STEP_OUT_OF_ORDER', 'not now');
  return {
    begin: (about: About): EmergencyFlow => ({ step: 'fingers', about, ...ENDS, taken: [] }),
    take: <F extends { readonly step: string }>(flow: F, finger: AskedFinger): F => {
      if (flow.step !== 'fingers' && flow.step !== 'fingerprints') throw outOfOrder();
      // The steps that have fingers are these two.
      const fingers = flow as unknown as Fingers;
      return { ...flow, taken: [...fingers.taken, taken(finger)] };
    },
    drop: <F extends { readonly step: string }>(flow: F, index: number): F => {
      if (flow.step !== 'fingers' && flow.step !== 'fingerprints') throw outOfOrder();
      // Likewise.
      const fingers = flow as unknown as Fingers;
      return { ...flow, taken: fingers.taken.filter((_, i) => i !== index) };
    },
    search: (flow: { readonly step: string }): EmergencyFlow => {
      if (flow.step !== 'fingers') throw outOfOrder();
      const { about, taken: sent } = flow as Extract<EmergencyFlow, { step: 'fingers' }>;
      return {
        step: 'candidates',
        about,
        ...ENDS,
        candidates: [
          { handle: HANDLE, likeness: 'strong', oneIn: 1_000_000, photo: PHOTO, sex: 'male', ageBand: 'adult' },
        ],
        searched: 3,
        enrolled: 3,
        fingers: { sent: sent.length, poor: 0 },
        confirmBefore: ENDS.endsAt,
      };
    },
    more: (flow: { readonly step: string }): EmergencyFlow => {
      if (flow.step !== 'candidates') throw outOfOrder();
      const { about } = flow as Extract<EmergencyFlow, { step: 'candidates' }>;
      return { step: 'fingers', about, ...ENDS, taken: [taken(2)] };
    },
    confirm: (flow: { readonly step: string }, handle: string): EmergencyFlow => {
      if (flow.step !== 'candidates' || handle !== HANDLE) throw outOfOrder();
      const { about } = flow as Extract<EmergencyFlow, { step: 'candidates' }>;
      return {
        step: 'emergency-record',
        about,
        ...ENDS,
        photo: PHOTO,
        record: {
          birthYear: 1958,
          sex: 'male',
          allergies: [],
          medication: [],
          diagnoses: [{ code: 'I10', at: '2026-10-12' }],
          log: { position: 1, hash: 'ab'.repeat(32) },
          at: AT,
        },
      };
    },
    open: (): CardOfficeFlow => ({ step: 'fingerprints', standing: standing('undecided', []), taken: [] }),
    decide: (flow: { readonly step: string }, decision: 'enrol' | 'refuse' | 'withdraw'): CardOfficeFlow => {
      if (flow.step !== 'fingerprints') throw outOfOrder();
      const { taken: all } = flow as Extract<CardOfficeFlow, { step: 'fingerprints' }>;
      if (decision === 'enrol' && !isWholeSet(all)) throw outOfOrder();
      const state = ({ enrol: 'enrolled', refuse: 'refused', withdraw: 'withdrawn' } as const)[decision];
      const fingers = decision === 'enrol' ? [...new Set(all.map(({ finger }) => finger))].sort((a, b) => a - b) : [];
      return { step: 'fingerprints', standing: standing(state, fingers), taken: [], done: state };
    },
  };
}
