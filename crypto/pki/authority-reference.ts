/**
 * The authority reference of card-verifiable certificates (BSI TR-03110-3, C.1.1): which key signed. It is also the common name of the
 * X.509 certificate that vouches for that key.
 * @module
 */

/** 1 to 16 printable ASCII characters without blanks. */
export const isAuthorityReference = (text: string): boolean => /^[!-~]{1,16}$/u.test(text);
