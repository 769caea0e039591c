/**
 * Errors of the group signature layer. A verification returns false instead; these are for material and parties that were refused.
 * @module
 */

/** Every code of this layer; `retry` says whether the same call may succeed when simply made again. */
export const GROUPSIG_ERRORS = {
  /** A ctx of the wrong length, version, purpose or with a field its purpose forbids. */
  CONTEXT_INVALID: { retry: false },
  /** A group key that is not canonical, out of its groups, degenerate or without a valid proof of gamma. */
  GROUP_KEY_INVALID: { retry: false },
  /** An opener set that is not canonical, not of this group or whose threshold is not above half. */
  OPENER_SET_INVALID: { retry: false },
  /** Issuer secret of the wrong length or out of range. */
  ISSUER_SECRET_INVALID: { retry: false },
  /** A join statement, or the Q in it, is malformed. */
  JOIN_INVALID: { retry: false },
  /** gamma + e = 0 or B + Q = O: no credential exists for this input. */
  ISSUE_REFUSED: { retry: false },
  /** A credential that is malformed or fails the pairing check for its epoch and class. */
  CREDENTIAL_INVALID: { retry: false },
  /** An epoch head, or a chain of them, that is malformed or does not hang together. */
  EPOCH_HEAD_INVALID: { retry: false },
  /** A coupon was asked for its values a second time. */
  COUPON_USED: { retry: true },
  /** Epoch and class of ctx are not those of the credential or coupon. */
  EPOCH_MISMATCH: { retry: false },
  /** The card's commitment or answer does not fit its own Q. */
  CARD_ANSWER_INVALID: { retry: true },
  /** The signature to open does not verify. */
  SIGNATURE_INVALID: { retry: false },
  /** The opener's secret share does not belong to its index in this opener set. */
  SHARE_KEY_MISMATCH: { retry: false },
  /** Not exactly t shares. */
  SHARE_COUNT: { retry: true },
  /** An index outside 1..n. */
  SHARE_INDEX_RANGE: { retry: false },
  /** One index occurs twice. */
  SHARE_INDEX_REPEATED: { retry: true },
  /** A share that is malformed or whose proof fails; `index` tells whose. */
  SHARE_INVALID: { retry: false },
  /** A plan of a key ceremony that is malformed or does not fit the opener set it builds on. */
  CEREMONY_PLAN_INVALID: { retry: false },
  /** A message of another ceremony, also of one with other parameters. */
  CEREMONY_FOREIGN: { retry: false },
  /** A ceremony's message that is malformed, of another round, or not from or to whom it should be; `index` is the sender. */
  CEREMONY_MESSAGE_INVALID: { retry: false },
  /** Two messages of participant `index` in one round. */
  CEREMONY_REPEATED: { retry: false },
  /** The message of participant `index` is not there yet. */
  CEREMONY_INCOMPLETE: { retry: true },
  /** Dealer `index` broadcast something else than it had hashed. */
  CEREMONY_COMMITMENT_MISMATCH: { retry: false },
  /** A broadcast of dealer `index` with another degree, a point that is not canonical or O, or a proof that fails. */
  CEREMONY_DEAL_INVALID: { retry: false },
  /** The private share of dealer `index` does not fit its broadcast. */
  CEREMONY_SHARE_INVALID: { retry: false },
  /** Two participants hold different broadcasts of dealer `index`. */
  CEREMONY_BROADCAST_SPLIT: { retry: false },
  /** A participant complained about participant `index`. */
  CEREMONY_COMPLAINT: { retry: false },
  /** The sum of all dealings is degenerate (O, or a share of 0): start again with a new id. */
  CEREMONY_DEGENERATE: { retry: true },
} as const;

/** One of {@link GROUPSIG_ERRORS}. */
export type GroupSigErrorCode = keyof typeof GROUPSIG_ERRORS;

/** The one error class of this layer; `index` is the number of the opener, or participant of a ceremony, at fault. */
export class GroupSigError extends Error {
  override readonly name = 'GroupSigError';
  readonly code: GroupSigErrorCode;
  readonly index: number | undefined;
  constructor(code: GroupSigErrorCode, message: string, options?: ErrorOptions & { readonly index?: number }) {
    super(message, options);
    this.code = code;
    this.index = options?.index;
  }
}
