/**
 * How long a photo stays on the screen: as long as its holder is served and nothing was decided with it. What is sent takes the sheet away for a
 * moment, and a wrong PIN must not cost the photo.
 * @module
 */
import type { CardOfficeFlow } from '../../../contract/card-office-desk.ts';

/** Whether a photo that was there before is still there now. */
export function keepsPhoto(before: CardOfficeFlow, now: CardOfficeFlow): boolean {
  if (now.step === 'working') return now.task === 'deciding';
  if (now.step !== 'fingerprints') return false;
  if (before.step !== 'fingerprints') return before.step === 'working' && now.done === undefined;
  return before.standing.pid === now.standing.pid && (now.done === undefined || before.done !== undefined);
}
