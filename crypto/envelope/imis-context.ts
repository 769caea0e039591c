/**
 * The signed context of a P-256 signature: what for, by which terminal, for whom, about whom. It is a signed attribute
 * (product note, section 1), so a message cannot be forwarded to another recipient or passed off as another kind.
 *
 * ```
 * ImisContext ::= SEQUENCE {
 *   version        INTEGER (1..65535),          -- of the message type
 *   type           UTF8String,                  -- 1 to 64 of a-z A-Z 0-9 . _ : / -
 *   messageId      OCTET STRING (SIZE (16)),
 *   senderTerminal OCTET STRING (SIZE (16)),
 *   recipient      OCTET STRING (SIZE (32)),    -- SHA-256 of the recipient's SubjectPublicKeyInfo
 *   pid            OCTET STRING (SIZE (0|16)),  -- PID_P, empty where no patient is concerned
 *   pcertHash      OCTET STRING (SIZE (0|32))   -- SHA-256 of PCert_P, empty where none is concerned
 * }
 * ```
 * Pure: the card reads it too.
 * @module
 */
import { DerError, type DerReader, readDer, readInteger, readText, within } from '../common/der-read.ts';
import { encodeDer, integer, octets, sequence, TAG, utf8String } from '../common/der-write.ts';
import { decoding } from './envelope-error.ts';

/** Fields of the context; lengths as above, empty arrays for what does not apply. */
export interface ImisContext {
  readonly version: number;
  readonly type: string;
  readonly messageId: Uint8Array;
  readonly senderTerminal: Uint8Array;
  readonly recipient: Uint8Array;
  readonly pid: Uint8Array;
  readonly pcertHash: Uint8Array;
}

function fault(context: ImisContext): string | undefined {
  const { version, type, messageId, senderTerminal, recipient, pid, pcertHash } = context;
  if (!Number.isInteger(version) || version < 1 || version > 0xffff) return 'version';
  if (!/^[A-Za-z0-9._:/-]{1,64}$/.test(type)) return 'type';
  if (messageId.length !== 16) return 'messageId';
  if (senderTerminal.length !== 16) return 'senderTerminal';
  if (recipient.length !== 32) return 'recipient';
  if (pid.length !== 0 && pid.length !== 16) return 'pid';
  if (pcertHash.length !== 0 && pcertHash.length !== 32) return 'pcertHash';
  return undefined;
}

/** DER of a context. Throws RangeError when a field has not its length or range. */
export function encodeImisContext(context: ImisContext): Uint8Array {
  const field = fault(context);
  if (field !== undefined) throw new RangeError(`context: ${field} out of shape`);
  return encodeDer(
    sequence(
      integer(context.version),
      utf8String(context.type),
      octets(context.messageId),
      octets(context.senderTerminal),
      octets(context.recipient),
      octets(context.pid),
      octets(context.pcertHash),
    ),
  );
}

function readContext(reader: DerReader): ImisContext {
  const version = readInteger(reader.read(TAG.integer));
  const type = readText(reader.read(TAG.utf8String));
  const field = (): Uint8Array => reader.read(TAG.octets).body;
  const context: ImisContext = {
    version,
    type,
    messageId: field(),
    senderTerminal: field(),
    recipient: field(),
    pid: field(),
    pcertHash: field(),
  };
  const wrong = fault(context);
  if (wrong !== undefined) throw new DerError(`${wrong} out of shape`);
  return context;
}

/** Inverse of {@link encodeImisContext}. Throws EnvelopeError CONTEXT_MALFORMED. */
export const decodeImisContext = (der: Uint8Array): ImisContext =>
  decoding('CONTEXT_MALFORMED', () => within(readDer(der, TAG.sequence), readContext));
