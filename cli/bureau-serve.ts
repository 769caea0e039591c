/**
 * `imis bureau serve`: the bureau over HTTPS until SIGTERM or SIGINT. Refused requests go to standard error, one line each.
 * @module
 */
import { once } from 'node:events';
import { type Command, optional, print, readPort, required } from './command.ts';

/** Route and the chain of causes; never a request's contents. */
function logRefusal(route: string, cause: unknown): void {
  const chain: string[] = [];
  for (let at = cause; at instanceof Error; at = at.cause) {
    chain.push(`${'code' in at ? String(at.code) : at.name}: ${at.message.replaceAll(/\s+/gu, ' ').slice(0, 200)}`);
  }
  process.stderr.write(`${route} ${chain.join(' <- ')}\n`);
}

export const bureauServe: Command = {
  words: ['bureau', 'serve'],
  summary: 'serve a bureau; prints {"listening","pid"} when it is ready',
  options: {
    dir: required('D', 'the bureau’s folder'),
    host: optional('HOST', 'address to listen on (127.0.0.1)'),
    port: optional('PORT', 'port to listen on, 0 for any (8443)'),
  },
  async run(given) {
    const port = readPort(given.optional('port') ?? '8443');
    const stop = new AbortController();
    const end = (): void => stop.abort();
    // Before the start: whoever ends us while we start must not leave a half-open database.
    process.once('SIGTERM', end);
    process.once('SIGINT', end);
    const [{ runBureau }, { systemClock }] = await Promise.all([
      import('../main/app/run-bureau.ts'),
      import('../main/app/system-clock.ts'),
    ]);
    const where = { host: given.optional('host') ?? '127.0.0.1', port };
    const server = await runBureau(given.value('dir'), where, systemClock, logRefusal);
    print({ listening: server.url, pid: process.pid });
    if (!stop.signal.aborted) await once(stop.signal, 'abort');
    await server.close();
  },
};
