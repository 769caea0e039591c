/**
 * The patient application (card note 3.3, 3.8): eqs 6, 11, 17 and 2 on a card. P-256 only.
 * @module
 */
import { equalBytes } from '../../crypto/common/bytes.ts';
import { type Rng, secureRng } from '../../crypto/common/random.ts';
import type { ImisContext } from '../../crypto/envelope/imis-context.ts';
import { agreedWith } from '../../crypto/pki/p256-key.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import {
  type AccessCondition,
  APPLICATIONS,
  DEFAULT_POLICY,
  KEY,
  PATIENT_FILES,
  POLICY,
} from '../apps/card-profile.ts';
import { demandAccess, isPlaceOf } from './access.ts';
import { agentCommands } from './agent-slots.ts';
import { BUREAU_TOKEN_COMMANDS } from './bureau-token-commands.ts';
import { type CardMemory, type CellChange, createCardMemory } from './card-memory.ts';
import {
  type CardContext,
  createSoftwareCard,
  formatMemory,
  type Handlers,
  isBlank,
  NOTHING,
  type SoftwareCard,
} from './card-os.ts';
import { CHANNEL_COMMANDS } from './channel-commands.ts';
import { channelOf, terminalOf } from './channel-state.ts';
import { consume, consumeAsAgent } from './consume-command.ts';
import { FILE_COMMANDS } from './file-commands.ts';
import { jointPickupCommands } from './joint-pickup.ts';
import { jointShareCommands } from './joint-shares.ts';
import { orderCommand, patientOrders } from './order-command.ts';
import { newestTimeIn, patientRule } from './patient-rules.ts';
import { pendingSetCommands } from './pending-set.ts';
import { certificateFor, personaliseCommands } from './personalise-commands.ts';
import { PIN_COMMANDS, requirePin } from './pin-commands.ts';
import { privateKey } from './private-key.ts';
import { demand } from './refusal.ts';
import { signCommand } from './sign-command.ts';

/**
 * What the policy may let the card sign without a PIN: the bit, and where. `challenge`: once for each challenge of the bureau. `elsewhere`: at
 * another terminal it is refused, or asks for the PIN.
 */
const WITHOUT_PIN: ReadonlyMap<
  string,
  { bit: number; where: AccessCondition; challenge: boolean; elsewhere: 'refused' | 'pin' }
> = new Map([
  ['check-in', { bit: POLICY.checkIn, where: { roles: ['registration'] }, challenge: true, elsewhere: 'refused' }],
  [
    'opening',
    {
      bit: POLICY.opening,
      where: { roles: ['clinic', 'emergency'], doctor: true },
      challenge: true,
      elsewhere: 'refused',
    },
  ],
  // Another pharmacy is named without a doctor, wherever its patient stands (product.md 2).
  [
    'designation',
    {
      bit: POLICY.designation,
      where: { roles: ['clinic', 'emergency'], doctor: true },
      challenge: false,
      elsewhere: 'pin',
    },
  ],
]);

const allows = ({ memory }: CardContext, bit: number): boolean => ((memory.get('policy')?.[0] ?? 0) & bit) !== 0;

// Without a PIN the card speaks of its own holder only.
function signsWithoutPin(card: CardContext, { type, pid }: ImisContext): boolean {
  const rule = WITHOUT_PIN.get(type);
  if (rule === undefined || !allows(card, rule.bit)) return false;
  if (pid.length > 0 && !equalBytes(pid, card.memory.get('pid') ?? NOTHING)) return false;
  if (rule.elsewhere === 'pin' && !isPlaceOf(card, rule.where)) return false;
  demandAccess(card, [rule.where]);
  const channel = channelOf(card);
  if (rule.challenge && !channel.bureauChallenge) return false;
  if (rule.challenge) channel.bureauChallenge = false;
  return true;
}

const sign = signCommand(signsWithoutPin);

/** PSO DECIPHER: an uncompressed point in, x of the shared point out. */
function agree(card: CardContext, { data }: CommandApdu): Uint8Array {
  const key = privateKey(card, KEY.agreement);
  demand(!isBlank(card), SW.conditions);
  terminalOf(card);
  if (!allows(card, POLICY.agreement)) requirePin(card);
  const shared = agreedWith(key, data);
  demand(shared !== undefined, SW.wrongData);
  return shared;
}

const performSecurityOperation = (card: CardContext, apdu: CommandApdu): Uint8Array =>
  apdu.p1 === 0x80 && apdu.p2 === 0x86 ? agree(card, apdu) : sign(card, apdu);

function complete(card: CardContext): readonly CellChange[] {
  const { pid } = certificateFor(card, PATIENT_FILES.certificate, 'patient-signing', KEY.signature);
  const decryption = certificateFor(card, PATIENT_FILES.decryptionCertificate, 'patient-decryption', KEY.agreement);
  demand(pid !== undefined && equalBytes(pid, decryption.pid ?? NOTHING), SW.conditions);
  return [['pid', pid]];
}

const HANDLERS: Handlers = new Map([
  ...CHANNEL_COMMANDS,
  ...PIN_COMMANDS,
  ...FILE_COMMANDS,
  ...personaliseCommands(complete),
  ...pendingSetCommands(patientRule(newestTimeIn)),
  ...BUREAU_TOKEN_COMMANDS,
  ...orderCommand(patientOrders),
  [0x002a, performSecurityOperation],
  [0x80d0, consume],
  [0x802a, consumeAsAgent],
]);

/** A patient card, blank or over the memory of a saved one. */
export function createPatientCard({
  rng = secureRng,
  memory,
}: {
  readonly rng?: Rng;
  readonly memory?: CardMemory;
} = {}): SoftwareCard {
  const profile = APPLICATIONS.patient;
  const cells = memory ?? createCardMemory();
  if (memory === undefined) {
    formatMemory(cells, profile);
    cells.write([['policy', Uint8Array.of(DEFAULT_POLICY)]]);
  }
  const parts = [agentCommands(), jointPickupCommands(), jointShareCommands()];
  const application = {
    handlers: new Map([...HANDLERS, ...parts.flatMap(({ handlers }) => [...handlers])]),
    forget: () => {
      for (const { forget } of parts) forget();
    },
  };
  return createSoftwareCard({ profile, memory: cells, rng, application });
}
