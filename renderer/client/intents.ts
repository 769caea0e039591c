/**
 * What a person can ask of a desk, and the call that it becomes.
 * @module
 */

import type { AgentScope } from '../../contract/agent-service.ts';
import type { CardStep } from '../../contract/card-life.ts';
import type { CardQuery } from '../../contract/card-office-desk.ts';
import type { CardKind } from '../../contract/card-service.ts';
import type { VisitDraft } from '../../contract/clinic-desk.ts';
import type { EmergencyCase } from '../../contract/emergency-desk.ts';
import type { FingerprintDecision, Photo } from '../../contract/fingerprints.ts';
import type { IssuedScope } from '../../contract/issued.ts';
import type { LineOutcome } from '../../contract/messages.ts';
import type { PinWork } from '../../contract/pin-service.ts';
import type { RefillException } from '../../contract/prescription-state.ts';
import type { Desk, DeskState } from '../../contract/station.ts';
import type { AskedFinger } from '../../contract/taken-finger.ts';
import { wipeDigits } from '../../contract/wipe-digits.ts';
import type { Station } from './connection.ts';

/** What becomes of a part; without lines everything that is open is given. */
interface HandOut {
  readonly lines?: LineOutcome[];
  readonly exception?: RefillException;
}

interface NewPin {
  readonly next: number[];
  readonly again: number[];
}

/** One intent. A PIN is an array of digits that is wiped once the call is over. */
export type Intent =
  | { readonly call: 'signOn' | 'openComfort'; readonly pin: number[] }
  /** Without a PIN where comfort signing covers it. */
  | { readonly call: 'openVisit'; readonly pin: number[] | undefined }
  | { readonly call: 'signVisit'; readonly pin: number[] | undefined; readonly draft: VisitDraft }
  | { readonly call: 'reviewVisit'; readonly draft: VisitDraft }
  | { readonly call: 'openPinService'; readonly work: PinWork }
  | ({ readonly call: 'changePin'; readonly card: CardKind; readonly pin: number[] } & NewPin)
  | ({ readonly call: 'unblockPin'; readonly card: CardKind; readonly puk: number[] } & NewPin)
  | { readonly call: 'beginAgent' | 'consentAgent'; readonly pin: number[] }
  | { readonly call: 'proposeAgent'; readonly scope: AgentScope }
  | ({ readonly call: 'acceptAgent'; readonly pin: number[] } & NewPin)
  | { readonly call: 'withdrawAgent'; readonly serial: string; readonly pin: number[] }
  | { readonly call: 'collectAsAgent'; readonly serial: string; readonly pin: number[]; readonly own?: number[] }
  | { readonly call: 'accept'; readonly rxId: string; readonly recover: boolean }
  | { readonly call: 'release'; readonly rxId: string }
  | {
      readonly call: 'dispense';
      readonly rxId: string;
      readonly handOut: HandOut;
      /** The holder's, where the card asks for it. */
      readonly pin?: number[];
    }
  /** Without a PIN where comfort signing is open or the list is shown. */
  | { readonly call: 'openIssued'; readonly scope: IssuedScope; readonly page: number; readonly pin?: number[] }
  | { readonly call: 'cancelPrescription'; readonly rxId: string; readonly reason: string; readonly pin: number[] }
  | { readonly call: 'designateHere'; readonly rxId: string; readonly pin: number[] }
  | { readonly call: 'settleConflict'; readonly id: string; readonly note: string }
  | { readonly call: 'openWorkList'; readonly page: number }
  | { readonly call: 'openWorkItem' | 'printed'; readonly rxId: string }
  | { readonly call: 'readPickupCode'; readonly text: string }
  | { readonly call: 'takeBack'; readonly rxId: string; readonly reason: string }
  | { readonly call: 'readVirtualCard'; readonly qr: string }
  | { readonly call: 'findCards'; readonly query: CardQuery }
  | { readonly call: 'takeCardStep'; readonly serial: string; readonly step: CardStep }
  | { readonly call: 'beginEmergency'; readonly about: EmergencyCase }
  | { readonly call: 'takeFinger'; readonly finger: AskedFinger }
  | { readonly call: 'dropFinger'; readonly index: number }
  | { readonly call: 'searchFingers'; readonly pin: number[] }
  | { readonly call: 'confirmCandidate'; readonly handle: string; readonly pin: number[] }
  | {
      readonly call: 'decideFingerprints';
      readonly decision: FingerprintDecision['decision'];
      readonly pin: number[];
      /** With what is given, and with nothing else. */
      readonly photo?: Photo;
    }
  | { readonly call: 'settleDuplicate'; readonly found: string }
  | { readonly call: 'moreFingers' | 'stay' | 'openFingerprints' }
  | { readonly call: 'eraseWarrant'; readonly serial: string; readonly reason: string }
  | { readonly call: 'checkIn' | 'readNhiCard' | 'lookUp' | 'openAgentService' | 'clear' | 'signOff' };

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
    wipeDigits(intent);
  }
}

const pinOf = ({ pin }: { readonly pin?: number[] | undefined }) => (pin === undefined ? {} : { pin });

function callFor(station: Station, desk: Desk, intent: Intent, signal: AbortSignal): Promise<DeskState> {
  switch (intent.call) {
    case 'signOn':
    case 'openComfort':
      return station[intent.call]({ desk, pin: intent.pin }, signal);
    case 'openVisit':
      return station.openVisit({ desk, ...pinOf(intent) }, signal);
    case 'signVisit':
      return station.signVisit({ desk, ...pinOf(intent), draft: intent.draft }, signal);
    case 'reviewVisit':
      return station.reviewVisit({ desk, draft: intent.draft }, signal);
    case 'openPinService':
      return station.openPinService({ desk, work: intent.work }, signal);
    case 'changePin': {
      const { card, pin, next, again } = intent;
      return station.changePin({ desk, card, pin, next, again }, signal);
    }
    case 'unblockPin': {
      const { card, puk, next, again } = intent;
      return station.unblockPin({ desk, card, puk, next, again }, signal);
    }
    case 'accept':
      return station.accept({ desk, rxId: intent.rxId, recover: intent.recover }, signal);
    case 'release':
      return station.release({ desk, rxId: intent.rxId }, signal);
    case 'beginAgent':
    case 'consentAgent':
      return station[intent.call]({ desk, pin: intent.pin }, signal);
    case 'proposeAgent':
      return station.proposeAgent({ desk, scope: intent.scope }, signal);
    case 'acceptAgent': {
      const { pin, next, again } = intent;
      return station.acceptAgent({ desk, pin, next, again }, signal);
    }
    case 'withdrawAgent':
      return station.withdrawAgent({ desk, serial: intent.serial, pin: intent.pin }, signal);
    case 'collectAsAgent': {
      const { call: _call, ...asked } = intent;
      return station.collectAsAgent({ desk, ...asked }, signal);
    }
    case 'dispense':
      return station.dispense({ desk, rxId: intent.rxId, ...intent.handOut, ...pinOf(intent) }, signal);
    case 'openIssued':
      return station.openIssued({ desk, scope: intent.scope, page: intent.page, ...pinOf(intent) }, signal);
    case 'cancelPrescription': {
      const { rxId, reason, pin } = intent;
      return station.cancelPrescription({ desk, rxId, reason, pin }, signal);
    }
    case 'designateHere':
      return station.designateHere({ desk, rxId: intent.rxId, pin: intent.pin }, signal);
    case 'settleConflict':
      return station.settleConflict({ desk, id: intent.id, note: intent.note }, signal);
    case 'takeBack':
      return station.takeBack({ desk, rxId: intent.rxId, reason: intent.reason }, signal);
    case 'openWorkList':
      return station.openWorkList({ desk, page: intent.page }, signal);
    case 'openWorkItem':
    case 'printed':
      return station[intent.call]({ desk, rxId: intent.rxId }, signal);
    case 'readPickupCode':
      return station.readPickupCode({ desk, text: intent.text }, signal);
    case 'readVirtualCard':
      return station.readVirtualCard({ desk, qr: intent.qr }, signal);
    case 'findCards':
      return station.findCards({ desk, query: intent.query }, signal);
    case 'takeCardStep':
      return station.takeCardStep({ desk, serial: intent.serial, step: intent.step }, signal);
    case 'beginEmergency':
      return station.beginEmergency({ desk, about: intent.about }, signal);
    case 'takeFinger':
      return station.takeFinger({ desk, finger: intent.finger }, signal);
    case 'dropFinger':
      return station.dropFinger({ desk, index: intent.index }, signal);
    case 'searchFingers':
      return station.searchFingers({ desk, pin: intent.pin }, signal);
    case 'confirmCandidate':
      return station.confirmCandidate({ desk, handle: intent.handle, pin: intent.pin }, signal);
    case 'decideFingerprints': {
      const { call: _call, ...decided } = intent;
      return station.decideFingerprints({ desk, ...decided }, signal);
    }
    case 'eraseWarrant':
      return station.eraseWarrant({ desk, serial: intent.serial, reason: intent.reason }, signal);
    case 'settleDuplicate':
      return station.settleDuplicate({ desk, found: intent.found }, signal);
    case 'moreFingers':
    case 'stay':
    case 'openFingerprints':
    case 'checkIn':
    case 'readNhiCard':
    case 'lookUp':
    case 'openAgentService':
    case 'clear':
    case 'signOff':
      return station[intent.call]({ desk }, signal);
  }
}
