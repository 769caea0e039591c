/**
 * The lowest rung of the card ladder (HOUSE R7): slots in which cards come and go, and a connection that carries bytes.
 * Nothing here knows an application identifier; nothing above here knows a reader's name other than as a label.
 * @module
 */

/** Undoes a subscription. */
export type Unsubscribe = () => void;

/** What a reader says of one slot. `atr` is present exactly when a card answers. */
export type SlotState =
  | { readonly slot: string; readonly state: 'empty' }
  | { readonly slot: string; readonly state: 'mute' }
  | { readonly slot: string; readonly state: 'present'; readonly atr: Uint8Array };

/** A powered card. Commands run one after another; a response is data and the two status bytes. */
export interface CardConnection {
  /**
   * Sends one command APDU. Rejects with CardError CARD_LOST when the card went away, READER_FAILED when the reader did, CARD_RESET when the
   * card lost what was selected and verified; it is still connected then.
   */
  transmit(command: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
  /**
   * Runs `work` while no other program can reach the card. At most 2 s, never across PIN entry (card.md 5.1): after that CARD_SLOW, and what
   * `work` still sends is refused. READER_BUSY when another program has the card for longer; CARD_RESET before `work` began when another
   * program reset the card: it is connected again, and nothing is selected.
   */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** Leaves the card powered (disposition LEAVE). Safe to call twice. */
  disconnect(): Promise<void>;
}

/** Every slot of every reader of one source (PC/SC or software). */
export interface CardReader {
  /** The present state of all slots, in a stable order. */
  slots(signal?: AbortSignal): Promise<readonly SlotState[]>;
  /** Called after every change with the state of all slots. */
  subscribe(listener: (slots: readonly SlotState[]) => void): Unsubscribe;
  /** Connects to the card in a slot. Rejects with CARD_ABSENT, CARD_LOST, READER_FAILED or READER_BUSY. */
  connect(slot: string, signal?: AbortSignal): Promise<CardConnection>;
  /** Ends all connections and watching. */
  close(): Promise<void>;
}
