/**
 * What the pharmacist's card signs: a dispensing round the pickup object of the patient's card (eq 17), and the word that takes one back.
 * @module
 */
import { instantOf } from '../../contract/calendar.ts';
import type { LineOutcome, Pickup, Undispensing } from '../../contract/messages.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { seal } from '../../crypto/envelope/seal.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import type { TrustedMaterial } from './material.ts';
import { cardSigner, signForBureau } from './messages.ts';
import type { DeskPorts } from './ports.ts';

/** A pickup object and the signature of the patient's card, base64. */
export interface SignedPickup {
  readonly pickupObject: string;
  readonly pickupSignature: string;
}

/** A dispensing as it is to be signed. */
export interface Dispensing extends SignedPickup {
  readonly rxId: string;
  readonly part: number;
  readonly lines: readonly LineOutcome[];
  /** Of the lock, when the desk holds one. */
  readonly secret: string | undefined;
  readonly exception: Pickup['exception'] | undefined;
  /** Papers of the agent who collects. */
  readonly agent: Pickup['agent'] | undefined;
}

type Unsigned =
  | Omit<Pickup, 'version' | 'institution' | 'keyId'>
  | Omit<Undispensing, 'version' | 'institution' | 'keyId'>;

/** Signs with the staff card in a slot and seals to the bureau; base64. */
async function signAndSeal(
  ports: DeskPorts,
  material: TrustedMaterial,
  slot: string,
  content: Unsigned,
  signal: AbortSignal,
): Promise<string> {
  const { cards, terminal } = ports;
  const certificate = await cards.staffCertificate({ slot }, signal);
  const payload = {
    ...content,
    version: 1,
    institution: terminal.institution,
    keyId: hex(keyIdentifier(parseCertificate(certificate).spki)),
  } as const;
  const signer = cardSigner(certificate, (attributes, now) => cards.staffSign({ slot, attributes }, now));
  const message = await signForBureau(ports, material, signer, { type: content.type }, payload, signal);
  return toBase64(seal(message, [{ certificate: material.encryption.der }]));
}

/** A sealed pickup. */
export function signDispensing(
  ports: DeskPorts,
  material: TrustedMaterial,
  slot: string,
  { secret, exception, agent, lines, ...rest }: Dispensing,
  signal: AbortSignal,
): Promise<string> {
  const at = instantOf(ports.clock.now());
  const more = {
    ...(secret === undefined ? {} : { secret }),
    ...(exception === undefined ? {} : { exception }),
    ...(agent === undefined ? {} : { agent }),
  };
  return signAndSeal(ports, material, slot, { type: 'pickup', ...rest, lines: [...lines], ...more, at }, signal);
}

/** A sealed word that a part is taken back. */
export const signUndispensing = (
  ports: DeskPorts,
  material: TrustedMaterial,
  slot: string,
  of: { readonly rxId: string; readonly part: number; readonly reason: string },
  signal: AbortSignal,
): Promise<string> =>
  signAndSeal(ports, material, slot, { type: 'undispensing', ...of, at: instantOf(ports.clock.now()) }, signal);
