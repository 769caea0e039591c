/**
 * The staff application (card note 3.8): a P-256 signature key, always behind the PIN, and the key it proves itself with.
 * @module
 */
import { type Rng, secureRng } from '../../crypto/common/random.ts';
import { APPLICATIONS, KEY, STAFF_FILES } from '../apps/card-profile.ts';
import { type CardMemory, createCardMemory } from './card-memory.ts';
import { createSoftwareCard, formatMemory, type Handlers, type SoftwareCard } from './card-os.ts';
import { CHANNEL_COMMANDS } from './channel-commands.ts';
import { FILE_COMMANDS } from './file-commands.ts';
import { holderOrders, orderCommand } from './order-command.ts';
import { certificateFor, personaliseCommands } from './personalise-commands.ts';
import { PIN_COMMANDS } from './pin-commands.ts';
import { signCommand } from './sign-command.ts';

const HANDLERS: Handlers = new Map([
  ...CHANNEL_COMMANDS,
  ...PIN_COMMANDS,
  ...FILE_COMMANDS,
  ...personaliseCommands((card) => {
    certificateFor(card, STAFF_FILES.certificate, 'staff', KEY.signature);
    return [];
  }),
  ...orderCommand(holderOrders),
  [0x002a, signCommand(() => false)],
]);

/** A staff card, blank or over the memory of a saved one. */
export function createStaffCard({
  rng = secureRng,
  memory,
}: {
  readonly rng?: Rng;
  readonly memory?: CardMemory;
} = {}): SoftwareCard {
  const profile = APPLICATIONS.staff;
  const cells = memory ?? createCardMemory();
  if (memory === undefined) formatMemory(cells, profile);
  return createSoftwareCard({
    profile,
    memory: cells,
    rng,
    application: { handlers: HANDLERS, forget: () => undefined },
  });
}
