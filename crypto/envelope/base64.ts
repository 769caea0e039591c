/**
 * Standard base64 with padding (RFC 4648 4), as JSON messages carry bytes.
 * @module
 */

/** Bytes as text. */
export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Bytes of a text that a schema has accepted; a copy, never a view of a shared pool. */
export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'base64'));
