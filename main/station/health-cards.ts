/**
 * The health cards in the readers of a desk, told apart by their certificates: a patient's and the agent's own may lie there side by side.
 * @module
 */
import type { SlotView } from '../../contract/card-service.ts';
import { ImisError } from '../../contract/errors.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import type { DeskCore } from './desk-core.ts';

/** One stay of a card in a slot. */
export type Stay = Pick<SlotView, 'slot' | 'insertion'>;

/** A health card in a reader; its certificate is read, and not yet trusted. */
export interface HealthCard extends Stay {
  readonly certificate: Certificate;
}

const isHealthCard = ({ state, kind }: SlotView): boolean => state === 'ready' && kind === 'patient';

/** Is a card still where it was, without having left? */
export const isStill = (core: Pick<DeskCore, 'common'>, { slot, insertion }: Stay): boolean =>
  core.common().slots.some((view) => isHealthCard(view) && view.slot === slot && view.insertion === insertion);

/** Whichever is in a slot; where none is, as `cardOf` of any reader. */
export const healthCardIn = (core: Pick<DeskCore, 'common' | 'cardOf'>, slot: string): Stay =>
  core.common().slots.find((view) => isHealthCard(view) && view.slot === slot) ?? core.cardOf('patient');

/** All of them in the order of the slots. Rejects with the code that says what is missing when there is none, and as the cards do. */
export async function healthCards(
  core: Pick<DeskCore, 'common' | 'cardOf' | 'ports'>,
  signal: AbortSignal,
): Promise<readonly HealthCard[]> {
  const views = core.common().slots.filter(isHealthCard);
  if (views.length === 0) core.cardOf('patient');
  return Promise.all(
    views.map(async ({ slot, insertion }) => {
      const { signing } = await core.ports.cards.patientCertificates({ slot }, signal);
      return { slot, insertion, certificate: parseCertificate(signing) };
    }),
  );
}

/** The one with this certificate. CARD_OTHER_PERSON. */
export async function healthCardOf(
  core: Pick<DeskCore, 'common' | 'cardOf' | 'ports'>,
  { serial }: Pick<Certificate, 'serial'>,
  signal: AbortSignal,
): Promise<HealthCard> {
  const found = (await healthCards(core, signal)).find(({ certificate }) => certificate.serial === serial);
  if (found === undefined) throw new ImisError('CARD_OTHER_PERSON', 'another card than before');
  return found;
}

/** Names one stay of a card in a slot. */
export const stayName = ({ slot, insertion }: Stay): string => `${slot}#${insertion}`;

/** Health cards that lie in a reader and are not to be served by themselves: an agent's own, and those beside the one that a service was for. */
export interface PassedCards {
  pass(stay: Stay): void;
  /** All that are there now but the first. */
  passOthers(): void;
  /** Somebody asked for this one after all, by {@link stayName}. */
  take(stay: string): void;
  /** The first that may be served; undefined when there is none. */
  next(): SlotView | undefined;
}

/** None to begin with; a card that leaves and comes back is served again. */
export function createPassedCards(core: Pick<DeskCore, 'common'>): PassedCards {
  const passed = new Set<string>();
  const here = (): SlotView[] => core.common().slots.filter(isHealthCard);
  const pass = (stay: Stay): void => {
    const names = new Set(here().map(stayName));
    for (const name of passed) if (!names.has(name)) passed.delete(name);
    passed.add(stayName(stay));
  };
  return {
    pass,
    passOthers: () => here().slice(1).forEach(pass),
    take: (stay) => void passed.delete(stay),
    next: () => here().find((view) => !passed.has(stayName(view))),
  };
}
