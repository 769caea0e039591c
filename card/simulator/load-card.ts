/**
 * A software card out of what `save` wrote. The bytes hold the card's private keys in the clear: a demonstration's tray and tests may use them,
 * nothing else. A restored copy is an older card: its pickups are refused by the bureau, and commitments never outlive the supply.
 * @module
 */
import { readUtf8 } from '../../crypto/common/bytes.ts';
import type { Rng } from '../../crypto/common/random.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import type { RecognisedKind } from '../apps/recognise.ts';
import { CardError } from '../card-error.ts';
import { loadCardMemory } from './card-memory.ts';
import type { SoftwareCard } from './card-os.ts';
import { createCivilCard } from './civil-card.ts';
import { createDoctorCard } from './doctor-card.ts';
import { createPatientCard } from './patient-card.ts';
import { createNhiCard } from './software-nhi-card.ts';
import { createStaffCard } from './staff-card.ts';

/** What a loaded card is, and the card, without power. */
export interface LoadedCard {
  readonly kind: RecognisedKind;
  readonly card: SoftwareCard;
}

/** Loads a saved card. Throws CARD_UNKNOWN for other bytes. */
export function loadCard(
  bytes: Uint8Array,
  options: { readonly backend: GroupBackend; readonly rng?: Rng },
): LoadedCard {
  const memory = loadCardMemory(bytes);
  const kind = memory === undefined ? undefined : readUtf8(memory.get('kind') ?? new Uint8Array(0));
  if (memory === undefined) throw new CardError('CARD_UNKNOWN', 'not a saved card, or a damaged one');
  const made = options.rng === undefined ? { memory } : { memory, rng: options.rng };
  switch (kind) {
    case 'patient':
      return { kind, card: createPatientCard(made) };
    case 'doctor':
      return { kind, card: createDoctorCard({ ...made, backend: options.backend }) };
    case 'staff':
      return { kind, card: createStaffCard(made) };
    case 'nhi':
      return { kind, card: createNhiCard({ memory }) };
    case 'civil':
      return { kind, card: createCivilCard({ memory }) };
    case undefined:
    default:
      throw new CardError('CARD_UNKNOWN', 'a saved card of no known kind');
  }
}
