/**
 * How a server of the command tells of what it refused: one line on standard error.
 * @module
 */

/** Route, or part of the server, and the chain of causes; never a request's contents. */
export function logRefusal(what: string, cause: unknown): void {
  const chain: string[] = [];
  for (let at = cause; at instanceof Error; at = at.cause) {
    chain.push(`${'code' in at ? String(at.code) : at.name}: ${at.message.replaceAll(/\s+/gu, ' ').slice(0, 200)}`);
  }
  process.stderr.write(`${what} ${chain.join(' <- ')}\n`);
}
