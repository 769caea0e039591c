/**
 * The process of card-hands.ts: issued software cards, put into slots of vpcd and taken out as the other side says.
 * @module
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { SoftwareCard } from '../../card/simulator/card-os.ts';
import { issuePatient, issueStaff } from '../../card/simulator/cards.fixture.ts';
import { createPatientCard } from '../../card/simulator/patient-card.ts';
import { createStaffCard } from '../../card/simulator/staff-card.ts';
import { createVpcdLink, type VpcdLink } from '../../card/simulator/vpcd-link.ts';
import { Hand } from './card-hands.ts';

const cards = new Map<number, { readonly card: SoftwareCard; link: VpcdLink | undefined }>();

async function makeCard(kind: 'patient' | 'staff', delay: number): Promise<SoftwareCard> {
  const card = kind === 'patient' ? createPatientCard() : createStaffCard();
  if (kind === 'patient') await issuePatient(card);
  else await issueStaff(card);
  card.powerOff();
  if (delay === 0) return card;
  return {
    ...card,
    transmit: async (command) => {
      await pause(delay);
      return card.transmit(command);
    },
  };
}

async function carryOut(hand: Hand): Promise<void> {
  switch (hand.does) {
    case 'make':
      cards.set(hand.card, { card: await makeCard(hand.kind, hand.delay), link: undefined });
      break;
    case 'insert': {
      const held = cards.get(hand.card);
      if (held === undefined) throw new Error(`no card ${hand.card}`);
      held.link = createVpcdLink(held.card);
      await held.link.insert(hand.port);
      break;
    }
    case 'remove':
      await cards.get(hand.card)?.link?.remove();
      break;
  }
}

process.on('message', (raw) => {
  const hand = Hand.parse(raw);
  // What fails ends the process, which the other side hears.
  void carryOut(hand).then(() => process.send?.({ done: hand.id }));
});
process.on('disconnect', () => process.exit(0));
