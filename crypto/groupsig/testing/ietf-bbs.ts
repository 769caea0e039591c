/**
 * draft-irtf-cfrg-bbs-signatures for the SHA-256 ciphersuite: generators, domain, key generation and hash to scalar. It feeds the credential
 * core with the draft's inputs, so that the draft's vectors hold through the code our credentials use.
 * @module
 */
import { concat, uint, utf8 } from '../../common/bytes.ts';
import { expandMessage } from '../../common/hash.ts';
import type { G1, G2, GroupBackend } from '../backend.ts';
import { encodeScalar, scalarOfHash } from '../scalar.ts';

/** ciphersuite_id ‖ "H2G_HM2S_". */
export const API_ID = 'BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_H2G_HM2S_';

function generatorsFrom(backend: GroupBackend, count: number, seed: string): G1[] {
  const seedDst = `${API_ID}SIG_GENERATOR_SEED_`;
  let v = expandMessage(utf8(seed), seedDst, 48);
  return Array.from({ length: count }, (_, i) => {
    v = expandMessage(concat(v, uint(i + 1, 8)), seedDst, 48);
    return backend.hashToG1(v, utf8(`${API_ID}SIG_GENERATOR_DST_`));
  });
}

/** create_generators (section 4.1.1): Q_1, H_1, H_2, ... */
export const createGenerators = (backend: GroupBackend, count: number): G1[] =>
  generatorsFrom(backend, count, `${API_ID}MESSAGE_GENERATOR_SEED`);

/** P1 of the ciphersuite, from its own seed. */
export const createP1 = (backend: GroupBackend): G1[] =>
  generatorsFrom(backend, 1, `${API_ID}BP_MESSAGE_GENERATOR_SEED`);

/** messages_to_scalars (section 4.1.2) for one message. */
export const messageScalar = (message: Uint8Array): bigint =>
  scalarOfHash(message, `${API_ID}MAP_MSG_TO_SCALAR_AS_HASH_`);

/** hash_to_scalar with the API's default tag. */
const apiScalar = (input: Uint8Array): bigint => scalarOfHash(input, `${API_ID}H2S_`);

/** calculate_domain (section 4.2.3). `generators` = Q_1, H_1..H_L. */
export function domainOf(backend: GroupBackend, publicKey: G2, generators: readonly G1[], header: Uint8Array): bigint {
  const points = generators.map((point) => backend.encodeG1(point));
  return apiScalar(
    concat(
      backend.encodeG2(publicKey),
      uint(generators.length - 1, 8),
      ...points,
      utf8(API_ID),
      uint(header.length, 8),
      header,
    ),
  );
}

/** e of CoreSign (section 3.6.1). */
export const signingScalar = (secretKey: bigint, messages: readonly bigint[], domain: bigint): bigint =>
  apiScalar(concat(...[secretKey, ...messages, domain].map(encodeScalar)));
