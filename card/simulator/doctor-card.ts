/**
 * The doctor application (card note 3.4): the identity key SK_D, the attestation key, and the group member secret.
 * @module
 */
import { type Rng, secureRng } from '../../crypto/common/random.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { APPLICATIONS, DOCTOR_FILES, KEY } from '../apps/card-profile.ts';
import { type CardMemory, createCardMemory } from './card-memory.ts';
import { createSoftwareCard, formatMemory, type SoftwareCard } from './card-os.ts';
import { CHANNEL_COMMANDS } from './channel-commands.ts';
import { FILE_COMMANDS } from './file-commands.ts';
import { groupCommands } from './group-commands.ts';
import { holderOrders, orderCommand } from './order-command.ts';
import { certificateFor, personaliseCommands } from './personalise-commands.ts';
import { PIN_COMMANDS } from './pin-commands.ts';
import { signCommand } from './sign-command.ts';

/** A doctor card, blank or over the memory of a saved one; `backend` does its group arithmetic. */
export function createDoctorCard({
  backend,
  rng = secureRng,
  memory,
}: {
  readonly backend: GroupBackend;
  readonly rng?: Rng;
  readonly memory?: CardMemory;
}): SoftwareCard {
  const profile = APPLICATIONS.doctor;
  const cells = memory ?? createCardMemory();
  if (memory === undefined) formatMemory(cells, profile);
  const group = groupCommands(backend);
  const complete = personaliseCommands((card) => {
    certificateFor(card, DOCTOR_FILES.certificate, 'doctor', KEY.signature);
    return [];
  });
  const handlers = new Map([
    ...CHANNEL_COMMANDS,
    ...PIN_COMMANDS,
    ...FILE_COMMANDS,
    ...complete,
    ...group.handlers,
    ...orderCommand(holderOrders),
    [0x002a, signCommand(() => false)] as const,
  ]);
  return createSoftwareCard({ profile, memory: cells, rng, application: { handlers, forget: group.forget } });
}
