/**
 * The small operating system every software card shares: power, lengths, chaining, GET RESPONSE, SELECT, and a table from instruction to
 * handler (ISO/IEC 7816-4). Handlers are synchronous: a command runs whole, or the supply is cut at one of its memory writes.
 * @module
 */
import { concat, equalBytes, uint, utf8 } from '../../crypto/common/bytes.ts';
import { encodeDer, tlv } from '../../crypto/common/der-write.ts';
import type { Rng } from '../../crypto/common/random.ts';
import { encodeAtr } from '../apdu/atr.ts';
import { type CommandApdu, decodeCommand, SHORT_MAX } from '../apdu/command.ts';
import { type Answer, encodeAnswer } from '../apdu/response.ts';
import { SECURED } from '../apdu/secure-messaging.ts';
import { SW } from '../apdu/status-word.ts';
import { STAGE } from '../apps/card-life.ts';
import { type ApplicationProfile, HISTORICAL_BYTES } from '../apps/card-profile.ts';
import { isAnsweredBlocked, isBlocked } from './blocked-card.ts';
import { PowerCut } from './byte-memory.ts';
import type { CardMemory } from './card-memory.ts';
import type { CardChannel } from './channel-state.ts';
import { keyAgree } from './key-agree.ts';
import { demand, Refusal } from './refusal.ts';

/** A card made of software. It answers nothing, not even a status word, while it has no power. */
export interface SoftwareCard {
  /** The same for every card. */
  readonly atr: Uint8Array;
  powerOn(): void;
  /** Volatile state is gone: PIN state, sessions, commitments, half a chain. */
  powerOff(): void;
  /** One command APDU in, one response APDU out; empty when the supply was cut or never there. */
  transmit(command: Uint8Array): Promise<Uint8Array>;
  /** All non-volatile bytes, private keys included and in the clear: for demonstration and tests only. */
  save(): Uint8Array;
  /** Test aid: after so many more memory writes the supply is cut just before the next one; undefined calls it off. */
  cutPowerAfter(writes: number | undefined): void;
  /** Test aid: the supply is cut after so many more bytes of memory; with `torn` the next byte is left garbled. Counts at power-up too. */
  cutPowerAfterBytes(bytes: number | undefined, torn?: boolean): void;
}

/** What is lost with the supply, and by SELECT. */
export interface PowerSession {
  pinVerified: boolean;
  /** The agent's slot whose PIN was verified. */
  agentVerified: number | undefined;
  /** Signatures left to this VERIFY. */
  signaturesLeft: number;
  /** Group signatures left to this VERIFY, over all sessions. */
  groupLeft: number;
  /** The command before this one was a successful VERIFY. */
  pinJustVerified: boolean;
  /** The open pending set was begun under this supply. */
  setOpenedHere: boolean;
  /** The command in hand came through the channel. */
  secured: boolean;
  channel: CardChannel | undefined;
  /** Group session of a doctor card. */
  group: { readonly purposes: ReadonlySet<number>; left: number } | undefined;
}

/** What a handler works on. */
export interface CardContext {
  readonly profile: ApplicationProfile;
  readonly memory: CardMemory;
  readonly rng: Rng;
  readonly session: PowerSession;
}

/** Carries out one command; refuses by throwing {@link Refusal}. */
export type Handler = (card: CardContext, apdu: CommandApdu) => Uint8Array;

/** Handlers by CLA (00 or 80) and INS as one number. */
export type Handlers = ReadonlyMap<number, Handler>;

/** The answer of a command that has none. */
export const NOTHING = new Uint8Array(0);

/** An application of a card: its commands, and what it forgets when the supply goes. */
export interface CardApplication {
  readonly handlers: Handlers;
  readonly forget: () => void;
}

const LONGEST_CHAIN = 8192;
const CHAINED = 0x10;

/** Is the card still being personalised? */
export const isBlank = ({ memory }: Pick<CardContext, 'memory'>): boolean =>
  (memory.get('life')?.[0] ?? STAGE.blank) === STAGE.blank;

/** First contents of a new card's memory. */
export function formatMemory(memory: CardMemory, profile: ApplicationProfile): void {
  memory.write([
    ['kind', utf8(profile.kind)],
    ['life', uint(0, 1)],
    ['ef/0101', concat(uint(1, 1), new Uint8Array(15))],
  ]);
}

/** A card over a memory and an application. */
export function createSoftwareCard(input: {
  readonly profile: ApplicationProfile;
  readonly memory: CardMemory;
  readonly rng: Rng;
  readonly application: CardApplication;
}): SoftwareCard {
  const { profile, memory, rng, application } = input;
  const card: CardContext = { profile, memory, rng, session: emptySession() };
  let powered = false;
  let selected = false;
  let chain: CommandApdu | undefined;
  let unsent: Uint8Array = NOTHING;

  function forget(): void {
    card.session.channel?.frames.erase();
    Object.assign(card.session, emptySession());
    application.forget();
    selected = false;
    chain = undefined;
    unsent.fill(0);
    unsent = NOTHING;
  }

  function select(apdu: CommandApdu): Uint8Array {
    demand(apdu.p1 === 4 && (apdu.p2 & 0xfc) === 0, SW.wrongParameters);
    demand(equalBytes(apdu.data, profile.aid), SW.fileNotFound);
    card.session.channel?.frames.erase();
    Object.assign(card.session, { ...emptySession(), setOpenedHere: card.session.setOpenedHere });
    selected = true;
    const life = memory.get('life') ?? NOTHING;
    return encodeDer(tlv(0x6f, tlv(0x84, profile.aid), tlv(0xa5, tlv(0xc0, uint(1, 1)), tlv(0xc1, life))));
  }

  function dispatch(apdu: CommandApdu): Uint8Array {
    const justVerified = card.session.pinJustVerified;
    // Inside a channel there is no other application and no other channel.
    const { secured } = card.session;
    if (!secured && apdu.cla === 0 && apdu.ins === 0xa4) return select(apdu);
    demand(selected, SW.conditions);
    if (!secured && apdu.cla === 0x80 && apdu.ins === 0x88) return agree(apdu);
    demand(!isBlocked(memory) || isAnsweredBlocked(apdu), SW.conditions);
    const handler = application.handlers.get((apdu.cla << 8) | apdu.ins);
    demand(handler !== undefined, SW.unknownInstruction);
    try {
      return handler(card, apdu);
    } finally {
      // VERIFY sets it anew; whatever else came between spends it.
      if (justVerified) card.session.pinJustVerified = false;
    }
  }

  /** A new channel ends the one before, and with it what was verified in it. */
  function agree(apdu: CommandApdu): Uint8Array {
    const { answer, channel } = keyAgree(card, apdu);
    const { setOpenedHere } = card.session;
    endChannel();
    Object.assign(card.session, { channel, setOpenedHere });
    return answer;
  }

  /** Without a channel nothing that was verified in it holds. */
  function endChannel(): void {
    card.session.channel?.frames.erase();
    Object.assign(card.session, emptySession());
    application.forget();
  }

  /** Unwraps, carries out, seals: also a refusal travels inside. Refuses 6985 without a channel, 6988 for a frame that does not hold. */
  function answerSecured(secured: CommandApdu): Uint8Array {
    const { channel } = card.session;
    demand(channel !== undefined, SW.conditions);
    const plain = channel.frames.unwrap(secured);
    if (plain === undefined) {
      endChannel();
      throw new Refusal(SW.channelBroken);
    }
    card.session.secured = true;
    try {
      return channel.frames.seal({ data: dispatch(plain), sw: SW.ok });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return channel.frames.seal({ data: NOTHING, sw: error.sw });
    } finally {
      card.session.secured = false;
      plain.data.fill(0);
    }
  }

  function deliver(data: Uint8Array, le: number | undefined): Answer {
    const now = data.slice(0, le ?? 0);
    unsent = data.slice(now.length);
    if (unsent.length === 0) return { data: now, sw: SW.ok };
    return { data: now, sw: 0x6100 | (unsent.length > 255 ? 0 : unsent.length) };
  }

  function answerTo(bytes: Uint8Array): Answer {
    const apdu = decodeCommand(bytes);
    demand(apdu !== undefined, SW.wrongLength);
    demand((apdu.cla & 0x60) === 0, SW.unknownClass);
    demand((apdu.cla & 0x03) === 0, SW.channelUnsupported);
    demand((apdu.cla & 0x08) === 0, SW.secureMessagingUnsupported);
    const plain = { ...apdu, cla: apdu.cla & ~CHAINED };
    if (plain.cla === 0 && plain.ins === 0xc0) {
      demand(unsent.length > 0 && plain.data.length === 0, SW.conditions);
      return deliver(unsent, plain.le ?? SHORT_MAX);
    }
    unsent = NOTHING;
    const before = chain !== undefined && sameHeader(chain, plain) ? chain.data : NOTHING;
    chain = undefined;
    const whole = { ...plain, data: concat(before, plain.data) };
    demand(whole.data.length <= LONGEST_CHAIN, SW.wrongLength);
    if (apdu.cla !== plain.cla) {
      chain = whole;
      return { data: NOTHING, sw: SW.ok };
    }
    if ((whole.cla & SECURED) !== 0) return deliver(answerSecured(whole), whole.le);
    return deliver(dispatch(whole), whole.le);
  }

  return {
    atr: encodeAtr(HISTORICAL_BYTES),
    powerOn() {
      try {
        memory.powerUp();
        powered = true;
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
    },
    powerOff() {
      powered = false;
      forget();
    },
    async transmit(command) {
      if (!powered) return NOTHING;
      try {
        return encodeAnswer(answerTo(command));
      } catch (error) {
        if (error instanceof Refusal) return encodeAnswer({ data: NOTHING, sw: error.sw });
        if (!(error instanceof PowerCut)) throw error;
        powered = false;
        forget();
        return NOTHING;
      }
    },
    save: () => memory.save(),
    cutPowerAfter: (writes) => {
      memory.cutPowerAfter(writes);
    },
    cutPowerAfterBytes: (bytes, torn) => {
      memory.cutPowerAfterBytes(bytes, torn);
    },
  };
}

const emptySession = (): PowerSession => ({
  pinVerified: false,
  agentVerified: undefined,
  signaturesLeft: 0,
  groupLeft: 0,
  pinJustVerified: false,
  setOpenedHere: false,
  secured: false,
  channel: undefined,
  group: undefined,
});

const sameHeader = (a: CommandApdu, b: CommandApdu): boolean =>
  a.cla === b.cla && a.ins === b.ins && a.p1 === b.p1 && a.p2 === b.p2;
