/**
 * A software card with the public area of the NHI card and nothing else (card note 1.1): it answers the published commands as the real one
 * does. Its answer to reset and its holders are ours; it holds no key, and no security module would talk to it.
 * @module
 */
import { equalBytes, utf8 } from '../../crypto/common/bytes.ts';
import { encodeAtr } from '../apdu/atr.ts';
import { type CommandApdu, decodeCommand, SHORT_MAX } from '../apdu/command.ts';
import { type Answer, encodeAnswer } from '../apdu/response.ts';
import { SW } from '../apdu/status-word.ts';
import { NHI_AID } from '../apps/nhi-card.ts';
import { NHI_PROFILE_LENGTH } from '../apps/nhi-profile.ts';
import { type CardMemory, createCardMemory } from './card-memory.ts';
import type { SoftwareCard } from './card-os.ts';
import { demand, Refusal } from './refusal.ts';

/** Historical bytes that say whose card this is: never those of a real one. */
const HISTORICAL = utf8('IMIS NHI TEST');

/** Name of the cell that holds the profile. */
const PROFILE = 'profile';

/** ISO/IEC 7816-4 7.1.1: a shorter name selects the first application that begins so; a card maker may ask for five bytes at least. */
const isOurName = (name: Uint8Array): boolean =>
  name.length >= 5 && name.length <= NHI_AID.length && equalBytes(name, NHI_AID.subarray(0, name.length));

/** `protocol` T=1 answers at once; T=0 says 61xx and waits for GET RESPONSE, as readers of that protocol see it. */
export function createNhiCard(
  made: { readonly profile: Uint8Array } | { readonly memory: CardMemory },
  { protocol = 'T=1' }: { readonly protocol?: 'T=0' | 'T=1' } = {},
): SoftwareCard {
  const memory = 'memory' in made ? made.memory : createCardMemory();
  if ('profile' in made) {
    if (made.profile.length !== NHI_PROFILE_LENGTH) throw new RangeError('createNhiCard: a profile is 57 bytes');
    memory.write([
      ['kind', utf8('nhi')],
      [PROFILE, made.profile],
    ]);
  }
  const nothing = new Uint8Array(0);
  let powered = false;
  let selected = false;
  let unsent: Uint8Array = nothing;

  function dataOf(apdu: CommandApdu): Uint8Array {
    if (apdu.cla === 0 && apdu.ins === 0xa4 && apdu.p1 === 0x04 && apdu.p2 === 0x00) {
      demand(isOurName(apdu.data), SW.fileNotFound);
      selected = true;
      return nothing;
    }
    demand(apdu.cla === 0, SW.unknownClass);
    demand(apdu.ins === 0xca, SW.unknownInstruction);
    demand(selected, SW.conditions);
    demand(apdu.p1 === 0x11 && apdu.p2 === 0x00, SW.wrongParameters);
    demand(equalBytes(apdu.data, Uint8Array.of(0, 0)), SW.wrongData);
    return memory.get(PROFILE) ?? nothing;
  }

  function answerTo(bytes: Uint8Array): Answer {
    const apdu = decodeCommand(bytes);
    demand(apdu !== undefined, SW.wrongLength);
    if (apdu.cla === 0 && apdu.ins === 0xc0) {
      demand(unsent.length > 0, SW.conditions);
      const data = unsent.slice(0, apdu.le ?? SHORT_MAX);
      unsent = unsent.slice(data.length);
      return { data, sw: unsent.length === 0 ? SW.ok : 0x6100 | unsent.length };
    }
    unsent = nothing;
    const data = dataOf(apdu);
    if (protocol === 'T=1' || data.length === 0) return { data, sw: SW.ok };
    unsent = data;
    return { data: nothing, sw: 0x6100 | data.length };
  }

  return {
    atr: encodeAtr(HISTORICAL),
    powerOn() {
      powered = true;
    },
    powerOff() {
      powered = false;
      selected = false;
      unsent = nothing;
    },
    async transmit(command) {
      if (!powered) return nothing;
      try {
        return encodeAnswer(answerTo(command));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return encodeAnswer({ data: nothing, sw: error.sw });
      }
    },
    save: () => memory.save(),
    // Nothing is ever written, so there is no write to be cut short.
    cutPowerAfter: () => undefined,
    cutPowerAfterBytes: () => undefined,
  };
}
