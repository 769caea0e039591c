/**
 * Who may talk to the loopback shell: whoever opened the launch address first. The token in that address works once and is exchanged
 * for a cookie that scripts cannot read and other sites cannot send (RFC 6265bis, SameSite=Strict).
 * @module
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const COOKIE = 'imis_desk';

/** One launch token and the session it becomes. */
export interface LaunchPass {
  /** The one-time token, base64url of 32 random bytes unless given. */
  readonly token: string;
  /** The `Set-Cookie` value for the first right token; undefined for a wrong or used one. */
  redeem(token: unknown): string | undefined;
  /** Whether a `Cookie` header carries the session. */
  admits(cookieHeader: string | undefined): boolean;
}

// Hashing first makes both sides equally long, which timingSafeEqual asks for.
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

/** Draws a session, and a token unless one is given. */
export function createLaunchPass(token: string = randomBytes(32).toString('base64url')): LaunchPass {
  const session = randomBytes(32).toString('base64url');
  let used = false;
  return {
    token,
    redeem(offered) {
      if (used || typeof offered !== 'string' || !same(offered, token)) return undefined;
      used = true;
      return `${COOKIE}=${session}; Path=/; HttpOnly; SameSite=Strict`;
    },
    admits(cookieHeader) {
      const held = (cookieHeader ?? '')
        .split(';')
        .map((pair) => pair.trim())
        .find((pair) => pair.startsWith(`${COOKIE}=`));
      return held !== undefined && same(held.slice(COOKIE.length + 1), session);
    },
  };
}
