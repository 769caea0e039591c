/**
 * Every domain-separation tag of NHI-GSIG-V1 in one table (docs: groupsig note, "Exact algebra"; RFC 9380 3.1 on tags).
 * @module
 */

/** The scheme's identifier on the wire. */
const SCHEME = 'NHI-GSIG-V1';

/** First field of hash inputs, written lp1. */
export const PREFIX = {
  /** pkh and the opening proof. */
  scheme: SCHEME,
  /** J, what a joining card signs. */
  join: `${SCHEME}-JOIN`,
  /** The issuer's proof of knowledge of gamma. */
  issuer: `${SCHEME}-ISSUER`,
  /** The transcript hash tx. */
  transcript: `${SCHEME}-TX`,
  /** The bundle key of a doctor. */
  bundleKey: `${SCHEME}-RK`,
  /** What the bureau signs to begin an epoch. */
  epochHead: 'NHI-EPOCH-HEAD-V1',
  /** The card's challenge c. */
  challenge: `${SCHEME}-CHAL`,
  /** The name of a key ceremony: hash of its plan. */
  ceremony: `${SCHEME}-CEREMONY`,
  /** A dealer's proof that it knows its polynomial. */
  dealing: `${SCHEME}-DEALING`,
  /** Hash of a dealer's broadcast, published before the broadcast. */
  deal: `${SCHEME}-DEAL`,
  /** Hash of all broadcasts of a ceremony. */
  dealings: `${SCHEME}-DEALINGS`,
} as const;

const H2S = `${SCHEME}-H2S-XMD:SHA-256-`;

/** DST of hash to scalar, one for each use. */
export const SCALAR_DST = {
  epoch: `${H2S}epoch`,
  class: `${H2S}class`,
  join: `${H2S}join`,
  issuer: `${H2S}issuer`,
  credential: `${H2S}iss-e`,
  opening: `${H2S}dleq`,
  dealing: `${H2S}dealing`,
} as const;

const H2G = '_BLS12381G1_XMD:SHA-256_SSWU_RO_';

/** DST of the G1 generators, one each, so that nobody knows a logarithm between two of them. The message hashed is empty. */
export const GENERATOR_DST = {
  g1: `${SCHEME}-g1${H2G}`,
  h: `${SCHEME}-h${H2G}`,
  hEpoch: `${SCHEME}-h_ep${H2G}`,
  hClass: `${SCHEME}-h_cls${H2G}`,
  G: `${SCHEME}-G${H2G}`,
  K2: `${SCHEME}-K2${H2G}`,
} as const;
