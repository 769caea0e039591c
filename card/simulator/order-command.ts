/**
 * BUREAU ORDER, 80 D4 (card note 3.8), inside a channel. Without data: serial(16) ‖ number of the last order(4). With an order: 01 when it took effect, 00 when
 * it did not. The number must be the one after the last, so that a host cannot keep a block from the card and give it what comes behind. An
 * authentic order takes its number whatever comes of it: one that the card could refuse for ever would keep all others away. Effect and
 * number are one memory write.
 * @module
 */
import { concat, equalBytes, readUint, uint } from '../../crypto/common/bytes.ts';
import { isSignedBy } from '../../crypto/pki/p256-key.ts';
import { decodeOrder, type OrderContents, type SignedOrder } from '../../crypto/proxysig/bureau-order.ts';
import { encodeStandingToken, standingBody } from '../../crypto/proxysig/bureau-token.ts';
import { encodePrescriptionRecord, type PrescriptionRecord } from '../../crypto/proxysig/prescription-record.ts';
import { ProxysigError } from '../../crypto/proxysig/proxysig-error.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { STAGE } from '../apps/card-life.ts';
import { PATIENT_FILES } from '../apps/card-profile.ts';
import { erased, slotOfWarrant } from './agent-on-card.ts';
import { isStandingNewer } from './bureau-token-commands.ts';
import type { CellChange } from './card-memory.ts';
import { type CardContext, type Handlers, isBlank, NOTHING } from './card-os.ts';
import { channelOf, terminalOf } from './channel-state.ts';
import { erasedShare } from './joint-shares.ts';
import { placeForPrescription, prescriptionOf } from './patient-rules.ts';
import { keptAnswersFrom } from './pickup-matter.ts';
import { endPin } from './pin-commands.ts';
import { fileCell, rewritten } from './record-store.ts';
import { demand, Refusal } from './refusal.ts';

/** What an order changes; undefined when it has no effect on this card. Refuses 6A80 what its application has nothing to do with. */
type OrderRule = (card: CardContext, contents: OrderContents) => readonly CellChange[] | undefined;

const NUMBER = 'order';

/** Block and unblock, which every application knows. */
function stageChange(card: CardContext, kind: 'block' | 'unblock'): readonly CellChange[] {
  // Whoever is in the middle of something with the card is out.
  endPin(card);
  card.session.agentVerified = undefined;
  Object.assign(channelOf(card), { doctor: false, challenge: undefined, bureauChallenge: false });
  return [['life', Uint8Array.of(kind === 'block' ? STAGE.blocked : STAGE.active)]];
}

/** Cards of doctors and staff can be blocked and let go again, and nothing else. */
export const holderOrders: OrderRule = (card, contents) => {
  demand(contents.kind === 'block' || contents.kind === 'unblock', SW.wrongData);
  return stageChange(card, contents.kind);
};

/** The record with something else in it; undefined when the card does not know it or no record can say so. */
function changedRecord(
  { memory }: CardContext,
  rxId: Uint8Array,
  change: Partial<Pick<PrescriptionRecord, 'used' | 'status' | 'pharmacy'>>,
): readonly CellChange[] | undefined {
  const found = prescriptionOf(memory, rxId);
  if (found === undefined) return undefined;
  const next = { ...found.record, ...change };
  try {
    return [rewritten(found.stored, encodePrescriptionRecord(next)), ...keptAnswersFrom(memory, rxId, next.used + 1)];
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Everything there is to order of a patient's card. */
export const patientOrders: OrderRule = (card, contents) => {
  const { memory } = card;
  switch (contents.kind) {
    case 'block':
    case 'unblock':
      return stageChange(card, contents.kind);
    case 'set-rx-state':
      return changedRecord(card, contents.rxId, { used: contents.used, status: contents.status });
    case 'redesignate':
      return changedRecord(card, contents.rxId, { pharmacy: contents.pharmacy });
    case 'erase-warrant': {
      const slot = slotOfWarrant(card, contents.serial);
      // Of this holder's own agents, or of somebody whose agent this holder is.
      return slot === undefined ? erasedShare(card, contents.serial) : erased(slot);
    }
    case 'set-standing': {
      const { token } = contents;
      const isSigned = isSignedBy(memory.get('bureau') ?? NOTHING, standingBody(token), token.signature);
      return isSigned && isStandingNewer(card, token)
        ? [[fileCell(PATIENT_FILES.standing), encodeStandingToken(token)]]
        : undefined;
    }
    case 'issue-rx':
      return placeForPrescription(memory, contents.record);
  }
};

function readOrder(data: Uint8Array): SignedOrder {
  try {
    return decodeOrder(data);
  } catch (error) {
    if (error instanceof ProxysigError) throw new Refusal(SW.wrongData);
    throw error;
  }
}

/** The command, with an application's rule. */
export function orderCommand(rule: OrderRule): Handlers {
  const order = (card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array => {
    demand(p1 === 0 && p2 === 0, SW.wrongParameters);
    terminalOf(card);
    const serial = card.memory.get('serial');
    demand(!isBlank(card) && serial !== undefined, SW.conditions);
    const last = readUint(card.memory.get(NUMBER) ?? new Uint8Array(4));
    if (data.length === 0) return concat(serial, uint(last, 4));
    const bureau = card.memory.get('bureau');
    demand(bureau !== undefined, SW.referenceNotFound);
    const given = readOrder(data);
    demand(isSignedBy(bureau, given.body, given.signature), SW.wrongData);
    demand(equalBytes(given.card, serial) && given.number === last + 1, SW.conditions);
    const changes = rule(card, given.contents);
    card.memory.write([...(changes ?? []), [NUMBER, uint(given.number, 4)]]);
    return Uint8Array.of(changes === undefined ? 0 : 1);
  };
  return new Map([[0x80d4, order]]);
}
