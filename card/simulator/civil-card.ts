/**
 * A software citizen certificate card, the stand-in of card/apps/civil-app.ts: certificate for everybody, one signature for each VERIFY, no secure
 * channel. It comes with key, certificate and PIN, as from an authority that is none of ours; nothing of them is changed here, and a blocked PIN
 * stays so.
 * @module
 */
import { concat, equalBytes, utf8 } from '../../crypto/common/bytes.ts';
import { signMessage } from '../../crypto/pki/p256-key.ts';
import { encodeAtr } from '../apdu/atr.ts';
import { type CommandApdu, decodeCommand, SHORT_MAX } from '../apdu/command.ts';
import { isPinBlock, type PinBlock } from '../apdu/pin-block.ts';
import { type Answer, encodeAnswer } from '../apdu/response.ts';
import { SW, triesLeft } from '../apdu/status-word.ts';
import { CIVIL } from '../apps/civil-app.ts';
import { PowerCut } from './byte-memory.ts';
import { type CardMemory, createCardMemory } from './card-memory.ts';
import type { SoftwareCard } from './card-os.ts';
import { demand, Refusal } from './refusal.ts';

/** Historical bytes that say whose card this is: never those of a national one. */
const HISTORICAL = utf8('IMIS CIVIL TEST');

/** Cells: the PIN's is tries left(1) ‖ block(8). */
const CELL = { key: 'key', certificate: 'certificate', pin: 'pin' } as const;

const NOTHING = new Uint8Array(0);
const LONGEST_CHAIN = 8192;
const CHAINED = 0x10;

/** What the authority put on a card. `privateKey` 32 bytes; `certificate` DER of a `civil` certificate. */
export interface CivilContents {
  readonly privateKey: Uint8Array;
  readonly certificate: Uint8Array;
  readonly pin: PinBlock;
}

/** What a SELECT or the loss of the supply ends. */
interface Session {
  readonly file: boolean;
  readonly keySet: boolean;
  readonly verified: boolean;
  /** What was handed over to be hashed. */
  readonly message: Uint8Array | undefined;
}
const FRESH: Session = { file: false, keySet: false, verified: false, message: undefined };

/** A card with these contents, or over the memory of a saved one. */
export function createCivilCard(made: CivilContents | { readonly memory: CardMemory }): SoftwareCard {
  const memory = 'memory' in made ? made.memory : createCardMemory();
  if ('pin' in made)
    memory.write([
      ['kind', utf8('civil')],
      [CELL.key, made.privateKey],
      [CELL.certificate, made.certificate],
      [CELL.pin, concat(Uint8Array.of(CIVIL.pin.tries), made.pin)],
    ]);
  let powered = false;
  let selected = false;
  let session = FRESH;
  let chain: CommandApdu | undefined;
  const cell = (name: string): Uint8Array => memory.get(name) ?? NOTHING;

  function select({ p1, p2, data }: CommandApdu): Uint8Array {
    if (p1 === 0x04 && p2 === 0x00) {
      demand(equalBytes(data, CIVIL.aid), SW.fileNotFound);
      selected = true;
      session = FRESH;
      return NOTHING;
    }
    demand(selected, SW.conditions);
    demand(p1 === 0x02 && p2 === 0x0c, SW.wrongParameters);
    const fid = CIVIL.certificateFile;
    demand(equalBytes(data, Uint8Array.of(fid >> 8, fid & 0xff)), SW.fileNotFound);
    session = { ...session, file: true };
    return NOTHING;
  }

  function read({ p1, p2, le }: CommandApdu): Uint8Array {
    demand(session.file, SW.conditions);
    const offset = (p1 << 8) | p2;
    const certificate = cell(CELL.certificate);
    demand(offset < certificate.length, SW.wrongOffset);
    return certificate.slice(offset, offset + Math.min(le ?? 0, SHORT_MAX));
  }

  /** The counter goes down before the comparison, so cutting the supply in between gains no try. */
  function verify({ p1, p2, data }: CommandApdu): Uint8Array {
    demand(p1 === 0 && p2 === CIVIL.pinReference, SW.wrongParameters);
    const stored = cell(CELL.pin);
    const [tries = 0, block] = [stored[0], stored.slice(1)];
    const left = (next: number): void => memory.write([[CELL.pin, concat(Uint8Array.of(next), block)]]);
    session = { ...session, verified: false };
    demand(tries > 0, SW.pinBlocked);
    if (data.length === 0) throw new Refusal(triesLeft(tries));
    demand(isPinBlock(data, CIVIL.pin), SW.wrongData);
    left(tries - 1);
    if (!equalBytes(data, block)) throw new Refusal(triesLeft(tries - 1));
    left(CIVIL.pin.tries);
    session = { ...session, verified: true };
    return NOTHING;
  }

  function chooseKey({ p1, p2, data }: CommandApdu): Uint8Array {
    demand(p1 === 0x41 && p2 === 0xb6, SW.wrongParameters);
    demand(equalBytes(data, Uint8Array.of(0x84, 1, CIVIL.key)), SW.referenceNotFound);
    session = { ...session, keySet: true };
    return NOTHING;
  }

  function operate({ p1, p2, data }: CommandApdu): Uint8Array {
    if (p1 === 0x90 && p2 === 0x80) {
      session = { ...session, message: data };
      return NOTHING;
    }
    demand(p1 === 0x9e && p2 === 0x9a, SW.wrongParameters);
    const { keySet, verified, message } = session;
    demand(keySet && message !== undefined && data.length === 0, SW.conditions);
    demand(verified, SW.pinRequired);
    session = { ...session, verified: false, message: undefined };
    return signMessage(cell(CELL.key), message);
  }

  function dispatch(apdu: CommandApdu): Uint8Array {
    demand(apdu.cla === 0, SW.unknownClass);
    if (apdu.ins === 0xa4) return select(apdu);
    demand(selected, SW.conditions);
    switch (apdu.ins) {
      case 0xb0:
        return read(apdu);
      case 0x20:
        return verify(apdu);
      case 0x22:
        return chooseKey(apdu);
      case 0x2a:
        return operate(apdu);
      default:
        throw new Refusal(SW.unknownInstruction);
    }
  }

  function answerTo(bytes: Uint8Array): Answer {
    const apdu = decodeCommand(bytes);
    demand(apdu !== undefined, SW.wrongLength);
    const plain = { ...apdu, cla: apdu.cla & ~CHAINED };
    const before = chain?.ins === plain.ins && chain.p1 === plain.p1 && chain.p2 === plain.p2 ? chain.data : NOTHING;
    chain = undefined;
    const whole = { ...plain, data: concat(before, plain.data) };
    demand(whole.data.length <= LONGEST_CHAIN, SW.wrongLength);
    if (apdu.cla !== plain.cla) {
      chain = whole;
      return { data: NOTHING, sw: SW.ok };
    }
    return { data: dispatch(whole), sw: SW.ok };
  }

  function powerOff(): void {
    powered = false;
    selected = false;
    session = FRESH;
    chain = undefined;
  }

  return {
    atr: encodeAtr(HISTORICAL),
    powerOn() {
      memory.powerUp();
      powered = true;
    },
    powerOff,
    async transmit(bytes) {
      if (!powered) return NOTHING;
      try {
        return encodeAnswer(answerTo(bytes));
      } catch (error) {
        if (error instanceof Refusal) return encodeAnswer({ data: NOTHING, sw: error.sw });
        if (!(error instanceof PowerCut)) throw error;
        powerOff();
        return NOTHING;
      }
    },
    save: () => memory.save(),
    cutPowerAfter: (writes) => memory.cutPowerAfter(writes),
    cutPowerAfterBytes: (bytes, torn) => memory.cutPowerAfterBytes(bytes, torn),
  };
}
