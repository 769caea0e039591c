/**
 * A second pharmacy in a world: the demonstration has its terminal, and no card for its pharmacist.
 * @module
 */
import { createSoftwareReader } from '../../card/simulator/software-reader.ts';
import { createStaffCard } from '../../card/simulator/staff-card.ts';
import { saveCard } from '../../main/app/card-tray.ts';
import { issueDemoStaff, openIssuingDesk, STAFF } from '../../main/app/demonstration.ts';
import { loadDesk } from '../../main/app/desk-folder.ts';
import { loadTerminalCredentials } from '../../main/app/terminal-credentials.ts';
import { createCardService } from '../../main/station/card-service.ts';
import type { StationUnderTest } from './station-under-test.ts';
import { ready, signOn } from './walk.ts';
import type { World } from './world.ts';

/** Its station, with a pharmacist of its own, whose card is issued for it, signed on in `other-pharmacy/left`. */
export async function openOtherPharmacy(world: World): Promise<StationUnderTest> {
  const pharmacist = STAFF[2];
  const reader = createSoftwareReader(['clerk', 'blank']);
  const terminals = await loadTerminalCredentials([world.folders.issuing]);
  const service = await createCardService({ reader, terminals });
  const cards = service.as((await loadDesk(world.folders.issuing)).terminalId);
  reader.insert('clerk', createStaffCard());
  const issuing = await openIssuingDesk(world.dir, world.url, cards, 'clerk', () => undefined, world.clocks.desk);
  const blank = createStaffCard();
  reader.insert('blank', blank);
  await issueDemoStaff(issuing.desk, 'blank', pharmacist);
  reader.remove('blank');
  saveCard(world.folders.cards, pharmacist.id, blank);
  await issuing.close();
  await service.close();
  const other = await world.another([{ folder: world.folders.otherPharmacy, slots: 'other-pharmacy' }]);
  await signOn(world, 'pharmacy', pharmacist.id, { station: other, slots: 'other-pharmacy' });
  await other.until('pharmacy', ready('other-pharmacy/left', 'staff'));
  return other;
}
