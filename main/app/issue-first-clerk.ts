/**
 * The first clerk's card, by whoever holds the bureau's folder: with it a clerk signs on at the issuing desk and makes every other card.
 * @module
 */
import { z } from 'zod';
import type { Clock } from '../../contract/clock.ts';
import { createFirstClerk, openBureauTerminal } from './administer-bureau.ts';
import { bureauFiles, given, readBytes } from './bureau-files.ts';
import { newCardSecrets, openPinLetter } from './card-secrets.ts';
import { withBlankCard } from './counter-cards.ts';

/** Makes it out of the blank staff card in a slot and tells PIN and PUK once. Rejects with codes of cards, readers and folders. */
export async function issueFirstClerk(
  dir: string,
  clerk: { readonly reader: string; readonly name: string; readonly pinLetter?: string | undefined },
  clock: Clock,
): Promise<void> {
  const name = given('name', z.string().min(1).max(60), clerk.name);
  // Before the card is touched: a wrong folder would show only after its key was made.
  readBytes(bureauFiles(dir).bureau);
  const { signal } = new AbortController();
  const { id, credential } = await openBureauTerminal(dir, clock);
  const terminal = { id, credentials: async () => credential };
  await withBlankCard({ slot: clerk.reader, kind: 'staff' }, [], terminal, async (cards) => {
    const slot = clerk.reader;
    const secrets = newCardSecrets();
    const letter = openPinLetter(secrets, clerk.pinLetter);
    try {
      const { signing: spki, authentication: authenticationSpki } = await cards.issueStaffKeys({ slot }, signal);
      const certified = await createFirstClerk(dir, { name, spki, authenticationSpki }, clock);
      await cards.issueStaffFinish({ slot, ...certified, ...secrets }, signal);
      letter.tell();
    } catch (cause) {
      letter.withdraw();
      throw cause;
    } finally {
      for (const digits of [secrets.pin, secrets.puk]) digits.fill(0);
      letter.end();
    }
  });
}
