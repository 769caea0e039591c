/**
 * `imis gallery serve`: a replica of a partition of the bureau's gallery, over NATS until SIGTERM or SIGINT; what is under way is answered first.
 * @module
 */
import { type Command, print, required } from './command.ts';
import { logRefusal } from './log-refusal.ts';
import { NATS_TLS_OPTIONS, natsFilesOf } from './nats-arguments.ts';
import { untilStopped } from './until-stopped.ts';

export const galleryServe: Command = {
  words: ['gallery', 'serve'],
  summary: 'serve a replica of a gallery’s partition; prints {"serving","enrolled","pid"} when it is ready',
  options: {
    dir: required('D', 'the replica’s folder, made at the first start'),
    nats: required('URL', 'nats://HOST:PORT, or tls://HOST:PORT; beyond this machine only with TLS'),
    partition: required('NAME', 'the partition, as the bureau names it: a-z, 0-9 and -'),
    replica: required('NAME', 'which replica of it this is'),
    ...NATS_TLS_OPTIONS,
  },
  async run(given) {
    const stopped = untilStopped();
    const [{ runGalleryReplica }, { readNatsAddress }] = await Promise.all([
      import('../main/app/run-gallery-replica.ts'),
      import('../main/app/nats-address.ts'),
    ]);
    const nats = readNatsAddress(natsFilesOf(given, given.value('nats')));
    const [partition, replica] = [given.value('partition'), given.value('replica')];
    const running = await runGalleryReplica({ dir: given.value('dir'), nats, partition, replica }, logRefusal);
    print({ serving: `${partition}/${replica}`, enrolled: running.enrolled, pid: process.pid });
    await stopped();
    await running.close();
  },
};
