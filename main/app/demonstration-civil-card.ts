/**
 * The citizen's certificate card of the demonstration: somebody who has no health card here and may become an agent all the same. Software, and no
 * card of a national authority (card/apps/civil-app.ts); certified by the stand-in in the bureau's folder.
 * @module
 */
import { pinBlock } from '../../card/apdu/pin-block.ts';
import { CIVIL } from '../../card/apps/civil-app.ts';
import type { SoftwareCard } from '../../card/simulator/card-os.ts';
import { createCivilCard } from '../../card/simulator/civil-card.ts';
import type { Clock } from '../../contract/clock.ts';
import { utf8 } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { newPrivateKey, publicPoint } from '../../crypto/pki/p256-key.ts';
import { p256Spki } from '../../crypto/pki/public-key.ts';
import { issueCivilCertificate } from './demonstration-authorities.ts';

/** Invented, and none of the demonstration's patients. */
export const CITIZEN = { id: 'civil-chao', pin: '314159', name: '趙淑芬', nationalId: 'D223456780' } as const;

/** A card for a citizen, certified by the stand-in in the bureau's folder `dir`. Throws PkiError. */
export async function createDemoCivilCard(
  dir: string,
  citizen: { readonly name: string; readonly nationalId: string; readonly pin: string },
  clock: Clock,
): Promise<SoftwareCard> {
  const privateKey = newPrivateKey(secureRng);
  const { name, nationalId, pin } = citizen;
  const spki = p256Spki(publicPoint(privateKey));
  const certificate = await issueCivilCertificate(dir, { name, nationalId, spki }, clock);
  return createCivilCard({ privateKey, certificate, pin: pinBlock(utf8(pin), CIVIL.pin) });
}
