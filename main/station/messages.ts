/**
 * Messages as a desk makes and reads them: signed by a card, sealed to the bureau, answers opened with a one-time key.
 * @module
 */

import { generateKeyPairSync } from 'node:crypto';
import type { z } from 'zod';
import { type ErrorCode, ImisError } from '../../contract/errors.ts';
import { fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { decodeUtf8 } from '../../crypto/common/utf8.ts';
import type { AttributeSigner } from '../../crypto/envelope/attribute-signer.ts';
import { fromBase64 } from '../../crypto/envelope/base64.ts';
import { createSoftwareKeyAgreement, type KeyAgreement } from '../../crypto/envelope/recipient-key.ts';
import { createOpener } from '../../crypto/envelope/sealer.ts';
import { signMessage } from '../../crypto/envelope/signed-message.ts';
import { ecdsaToDer, verifyRawP256 } from '../../crypto/pki/ecdsa-signature.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { validatePath } from '../../crypto/pki/validate-path.ts';
import type { TrustedMaterial } from './material.ts';
import type { DeskPorts } from './ports.ts';

/**
 * An AttributeSigner over a card operation that answers r ‖ s. CARD_ANSWER_INVALID when that is no signature of the certificate's key:
 * found here, before anything was sent, and not by the bureau in the middle of a visit.
 */
export const cardSigner = (
  certificate: Uint8Array,
  sign: (attributes: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>,
): AttributeSigner => ({
  certificate,
  algorithm: 'ecdsa-p256-sha256',
  sign: async (attributes, signal) => {
    const signature = await sign(attributes, signal);
    if (!verifyRawP256(parseCertificate(certificate).spki, attributes, signature))
      throw new ImisError('CARD_ANSWER_INVALID', 'the card answered with no signature of its own');
    return ecdsaToDer(signature);
  },
});

/** A challenge of the bureau for the patient's card in a slot, with the token that the card wants to see. */
export async function challengeFor(
  { bureau, cards }: Pick<DeskPorts, 'bureau' | 'cards'>,
  slot: string,
  wanted: { readonly purpose: 'check-in' } | { readonly purpose: 'opening'; readonly pid: string },
  signal: AbortSignal,
) {
  const card = hex(await cards.patientChallenge({ slot }, signal));
  return bureau.challenge({ body: { ...wanted, card } }, signal);
}

/** A patient's card as signer for a challenge of the bureau; `token` (base64) is the bureau's word for it, which the card wants to see. */
export const challengedSigner = (
  cards: DeskPorts['cards'],
  slot: string,
  certificate: Uint8Array,
  token: string | undefined,
): AttributeSigner =>
  cardSigner(certificate, (attributes, signal) => {
    const shown = token === undefined ? {} : { challengeToken: fromBase64(token) };
    return cards.patientSign({ slot, attributes, ...shown }, signal);
  });

/** What a P-256 message says of itself besides its payload. */
export interface PersonalContext {
  readonly type: string;
  /** PID_P in hex and PCert_P, where a patient's card signs. */
  readonly patient?: { readonly pid: string; readonly certificate: Uint8Array };
}

/** Signs a JSON payload for the bureau; DER of SignedData, not yet sealed. */
export function signForBureau(
  ports: Pick<DeskPorts, 'clock' | 'terminal'>,
  material: TrustedMaterial,
  signer: AttributeSigner,
  context: PersonalContext,
  payload: unknown,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { patient } = context;
  return signMessage(
    {
      contentType: IMIS_OID.jsonContent,
      content: utf8(JSON.stringify(payload)),
      certificates: [],
      attributes: {
        kind: 'p256',
        signingTime: ports.clock.now(),
        context: {
          version: 1,
          type: context.type,
          messageId: secureRng(16),
          senderTerminal: fromHex(ports.terminal.id),
          recipient: keyIdentifier(material.encryption.spki),
          pid: patient === undefined ? new Uint8Array(0) : fromHex(patient.pid),
          pcertHash: patient === undefined ? new Uint8Array(0) : h256(patient.certificate),
        },
      },
    },
    signer,
    signal,
  );
}

/** A one-time ECDH key to which the bureau seals its answer. */
export function createReplyKey(): KeyAgreement {
  return createSoftwareKeyAgreement(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey);
}

/** A JSON payload against its schema; what does not fit is refused with `code`. No cause: it would quote the payload in the log. */
export function readJson<T>(schema: z.ZodType<T>, content: Uint8Array, code: ErrorCode): T {
  let raw: unknown;
  try {
    raw = JSON.parse(decodeUtf8(content));
  } catch {
    throw new ImisError(code, 'a payload that is not JSON in UTF-8');
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new ImisError(code, 'a payload of another shape');
  return parsed.data;
}

/** Opens the bureau's sealed answer; it must be signed by the bureau and of the type asked for. */
export async function openReply<T>(
  ports: Pick<DeskPorts, 'clock'>,
  material: TrustedMaterial,
  answer: { readonly reply: string; readonly key: KeyAgreement; readonly type: string; readonly schema: z.ZodType<T> },
  signal: AbortSignal,
): Promise<T> {
  const opener = createOpener({
    key: answer.key,
    trust: {
      async check({ certificate }) {
        validatePath(parseCertificate(certificate), {
          anchors: [material.ca],
          revoked: [material.revoked],
          now: ports.clock.now(),
          kinds: ['bureau-signing'],
        });
      },
    },
  });
  const message = await opener.open(fromBase64(answer.reply), { kind: 'p256', types: [answer.type] }, signal);
  return readJson(answer.schema, message.content, 'BUREAU_ANSWER_INVALID');
}

/** A random identifier of 16 bytes, hex. */
export const newId = (): string => hex(secureRng(16));
