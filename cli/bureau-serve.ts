/**
 * `imis bureau serve`: the bureau over HTTPS until SIGTERM or SIGINT. Refused requests go to standard error, one line each.
 * @module
 */
import type { LoadOptions } from '../main/app/load-bureau.ts';
import { type Command, type Given, optional, print, readPort, required, UsageError } from './command.ts';
import { logRefusal } from './log-refusal.ts';
import { NATS_TLS_OPTIONS, natsFilesOf } from './nats-arguments.ts';
import { untilStopped } from './until-stopped.ts';

/** Where the gallery is, if not in the bureau's folder. */
async function galleryOf(given: Given): Promise<Pick<LoadOptions, 'gallery'>> {
  const [url, partitions] = [given.optional('gallery-nats'), given.optional('gallery-partitions')];
  if ((url === undefined) !== (partitions === undefined))
    throw new UsageError('--gallery-nats and --gallery-partitions come together');
  if (url === undefined || partitions === undefined) return {};
  const [{ readNatsAddress }, { readPartitions }] = await Promise.all([
    import('../main/app/nats-address.ts'),
    import('../main/app/gallery-service.ts'),
  ]);
  return { gallery: { nats: readNatsAddress(natsFilesOf(given, url)), partitions: readPartitions(partitions) } };
}

export const bureauServe: Command = {
  words: ['bureau', 'serve'],
  summary: 'serve a bureau; prints {"listening","pid"} when it is ready',
  options: {
    dir: required('D', 'the bureau’s folder'),
    host: optional('HOST', 'address to listen on (127.0.0.1)'),
    port: optional('PORT', 'port to listen on, 0 for any (8443)'),
    'gallery-nats': optional('URL', 'fingers lie in partitions, over NATS: nats://HOST:PORT or tls://HOST:PORT'),
    'gallery-partitions': optional('LIST', 'name and replicas of each, as east:2,west:2; the order stays'),
    ...NATS_TLS_OPTIONS,
  },
  async run(given) {
    const port = readPort(given.optional('port') ?? '8443');
    const stopped = untilStopped();
    const [{ runBureau }, { systemClock }, gallery] = await Promise.all([
      import('../main/app/run-bureau.ts'),
      import('../main/app/system-clock.ts'),
      galleryOf(given),
    ]);
    const where = { host: given.optional('host') ?? '127.0.0.1', port };
    const server = await runBureau(given.value('dir'), where, systemClock, logRefusal, gallery);
    print({ listening: server.url, pid: process.pid });
    await stopped();
    await server.close();
  },
};
