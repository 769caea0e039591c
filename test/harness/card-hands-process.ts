/**
 * The process of card-hands.ts: saved software cards, put into slots of vpcd and taken out as the other side says.
 * @module
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { SoftwareCard } from '../../card/simulator/card-os.ts';
import { loadCard } from '../../card/simulator/load-card.ts';
import { createVpcdLink, type VpcdLink } from '../../card/simulator/vpcd-link.ts';
import { createGroupBackend } from '../../main/app/group-backend.ts';
import { Hand } from './card-hands.ts';

const cards = new Map<number, { readonly card: SoftwareCard; link: VpcdLink | undefined }>();

const groupBackend = createGroupBackend();

async function takeCard(file: string, delay: number): Promise<SoftwareCard> {
  const { card } = loadCard(new Uint8Array(readFileSync(file)), { backend: await groupBackend() });
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
    case 'take':
      cards.set(hand.card, { card: await takeCard(hand.file, hand.delay), link: undefined });
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
