/**
 * Secure messaging: commands and answers of one channel, encrypted and chained (card note 3.2; after GlobalPlatform SCP03, amendment D 1.2,
 * 6.2). AES-128: CBC with an encrypted counter as initial vector, CMAC of 16 bytes over everything before it.
 *
 * ```
 * command  CLA | 04, INS, P1, P2, data = C ‖ MAC       C = CBC(S-ENC, ICV, pad(data)), empty for a command without data
 *          MAC = CMAC(S-MAC, chain ‖ CLA | 04 ‖ INS ‖ P1 ‖ P2 ‖ length of C ‖ MAC (2) ‖ C)         chain becomes MAC
 * answer   data = R ‖ RMAC, status word always 9000     R = CBC(S-ENC, ICV', pad(answer data ‖ SW))
 *          RMAC = CMAC(S-RMAC, chain ‖ R)
 * ICV = AES(S-ENC, counter), ICV' = the same with the top bit of the counter set; the counter is 1 for the first command.
 * pad: 80 and zeros up to a whole block. The first chain is the receipt of the key agreement (channel-keys.ts).
 * ```
 * Where SCP03 leaves the status word in the clear and unprotected beside an error, here it travels inside: nobody on the wire reads or forges
 * a counter of tries. The MAC covers the command as it is before command chaining, so a reader may cut it into short pieces; Le is not used.
 * A frame that does not hold ends the channel: both sides erase its keys, and the card answers 6988.
 * @module
 */
import { AES_BLOCK, aesCmac, decryptCbc, encryptBlock, encryptCbc } from '../../crypto/common/aes.ts';
import { concat, equalBytes, readUint, uint, wipe } from '../../crypto/common/bytes.ts';
import type { ChannelKeys } from './channel-keys.ts';
import { type CommandApdu, EXTENDED_MAX } from './command.ts';
import type { Answer } from './response.ts';

/** CLA bits of secure messaging without ISO's data objects (ISO/IEC 7816-4 5.4.1). */
export const SECURED = 0x04;

/** Most data bytes a secured command can carry: an extended command less padding and MAC. */
const DATA_MAX = 65_535 - 2 * AES_BLOCK;

/** The two ends of a channel, in step with each other. A host wraps and opens, a card unwraps and seals, one command at a time. */
export interface SecureFrames {
  /** The secured form of a command. Throws RangeError when it has too much data or a class byte that is taken. */
  wrap(plain: CommandApdu): CommandApdu;
  /** Data and status word of an answer to the command wrapped last; undefined when the frame does not hold. */
  open(data: Uint8Array): Answer | undefined;
  /** The command in a secured one; undefined when the frame does not hold. */
  unwrap(secured: CommandApdu): CommandApdu | undefined;
  /** Answer data that hold data and status word for the command unwrapped last. */
  seal(answer: Answer): Uint8Array;
  /** Erases the keys; nothing can be done with the frames any more. */
  erase(): void;
}

const padded = (data: Uint8Array): Uint8Array => {
  const out = new Uint8Array((Math.floor(data.length / AES_BLOCK) + 1) * AES_BLOCK);
  out.set(data);
  out[data.length] = 0x80;
  return out;
};

function unpadded(blocks: Uint8Array): Uint8Array | undefined {
  const mark = blocks.findLastIndex((byte) => byte !== 0);
  if (blocks[mark] !== 0x80 || blocks.length - mark > AES_BLOCK) return undefined;
  return blocks.slice(0, mark);
}

/** Frames over the keys of a key agreement, both ends alike. The keys are wiped by `erase`. */
export function createSecureFrames(keys: ChannelKeys): SecureFrames {
  const { enc, mac, rmac } = keys;
  let chain: Uint8Array = keys.receipt.slice();
  let counter = 0;
  let erased = false;

  const vector = (answer: boolean): Uint8Array => {
    const block = concat(new Uint8Array(12), uint(counter, 4));
    if (answer) block[0] = 0x80;
    return encryptBlock(enc, block);
  };
  const macOf = ({ cla, ins, p1, p2 }: CommandApdu, sealed: Uint8Array): Uint8Array =>
    aesCmac(mac, concat(chain, Uint8Array.of(cla, ins, p1, p2), uint(sealed.length + AES_BLOCK, 2), sealed));
  const alive = (): void => {
    if (erased) throw new Error('secure messaging: the channel is over');
  };
  const split = (data: Uint8Array): { sealed: Uint8Array; tag: Uint8Array } => ({
    sealed: data.slice(0, -AES_BLOCK),
    tag: data.slice(-AES_BLOCK),
  });
  /** Contents of whole blocks; undefined where there are none, or another padding. */
  const contents = (sealed: Uint8Array, answer: boolean): Uint8Array | undefined => {
    const blocks = decryptCbc(enc, vector(answer), sealed);
    try {
      return unpadded(blocks);
    } finally {
      wipe(blocks);
    }
  };

  return {
    wrap(plain) {
      alive();
      if ((plain.cla & 0x1c) !== 0 || plain.data.length > DATA_MAX) throw new RangeError('not a command to be wrapped');
      counter += 1;
      const blocks = plain.data.length === 0 ? plain.data : padded(plain.data);
      const sealed = blocks.length === 0 ? blocks : encryptCbc(enc, vector(false), blocks);
      if (blocks !== plain.data) wipe(blocks);
      const secured = { ...plain, cla: plain.cla | SECURED, le: EXTENDED_MAX };
      chain = macOf(secured, sealed);
      return { ...secured, data: concat(sealed, chain) };
    },
    open(data) {
      alive();
      const { sealed, tag } = split(data);
      if (data.length < 2 * AES_BLOCK || data.length % AES_BLOCK !== 0) return undefined;
      if (!equalBytes(aesCmac(rmac, concat(chain, sealed)), tag)) return undefined;
      const plain = contents(sealed, true);
      if (plain === undefined || plain.length < 2) return undefined;
      return { data: plain.slice(0, -2), sw: readUint(plain.subarray(-2)) };
    },
    unwrap(secured) {
      alive();
      const { sealed, tag } = split(secured.data);
      if (secured.data.length < AES_BLOCK || secured.data.length % AES_BLOCK !== 0) return undefined;
      const expected = macOf(secured, sealed);
      if (!equalBytes(expected, tag)) return undefined;
      chain = expected;
      counter += 1;
      const data = sealed.length === 0 ? sealed : contents(sealed, false);
      return data === undefined ? undefined : { ...secured, cla: secured.cla & ~SECURED, data, le: EXTENDED_MAX };
    },
    seal({ data, sw }) {
      alive();
      const blocks = padded(concat(data, uint(sw, 2)));
      const sealed = encryptCbc(enc, vector(true), blocks);
      wipe(blocks);
      return concat(sealed, aesCmac(rmac, concat(chain, sealed)));
    },
    erase() {
      erased = true;
      wipe(enc, mac, rmac, keys.receipt, chain);
    },
  };
}
