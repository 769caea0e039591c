/**
 * What every answer of the loopback shell carries: a policy under which only our own files run and only our own origin is asked.
 * Content Security Policy Level 3.
 * @module
 */

/** Sent with every answer. Frames, plug-ins, forms, inline scripts and foreign origins are all refused. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // The card office takes a photo; the browser still asks the person.
  'permissions-policy': 'camera=(self), microphone=(), geolocation=(), hid=(), usb=(), serial=()',
};
