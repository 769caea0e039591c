/**
 * What a person can ask of a desk, and the call that it becomes.
 * @module
 */
import type { Desk, DeskState, VisitDraft } from '../../contract/station.ts';
import type { Station } from './connection.ts';

/** One intent. A PIN is an array of digits that is wiped once the call is over. */
export type Intent =
  | { readonly call: 'signOn' | 'openVisit'; readonly pin: number[] }
  | { readonly call: 'signVisit'; readonly pin: number[]; readonly draft: VisitDraft }
  | { readonly call: 'dispense'; readonly rxId: string }
  | { readonly call: 'readVirtualCard'; readonly qr: string }
  | { readonly call: 'checkIn' | 'readNhiCard' | 'lookUp' | 'clear' | 'signOff' };

/** Sends an intent; rejects with ImisError. */
export async function performIntent(
  station: Station,
  desk: Desk,
  intent: Intent,
  signal: AbortSignal,
): Promise<DeskState> {
  try {
    return await callFor(station, desk, intent, signal);
  } finally {
    if ('pin' in intent) intent.pin.fill(0);
  }
}

function callFor(station: Station, desk: Desk, intent: Intent, signal: AbortSignal): Promise<DeskState> {
  switch (intent.call) {
    case 'signOn':
    case 'openVisit':
      return station[intent.call]({ desk, pin: intent.pin }, signal);
    case 'signVisit':
      return station.signVisit({ desk, pin: intent.pin, draft: intent.draft }, signal);
    case 'dispense':
      return station.dispense({ desk, rxId: intent.rxId }, signal);
    case 'readVirtualCard':
      return station.readVirtualCard({ desk, qr: intent.qr }, signal);
    case 'checkIn':
    case 'readNhiCard':
    case 'lookUp':
    case 'clear':
    case 'signOff':
      return station[intent.call]({ desk }, signal);
  }
}
