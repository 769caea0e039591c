/**
 * `imis kiosk`: a desk over 127.0.0.1 until SIGTERM or SIGINT.
 * @module
 */
import { once } from 'node:events';
import { type Command, optional, print, readYes, required, UsageError } from './command.ts';

const DESKS = ['registration', 'clinic', 'pharmacy', 'emergency', 'card-office'] as const;

export const kiosk: Command = {
  words: ['kiosk'],
  summary: 'run a desk; prints {"listening","pid"} when it is ready',
  options: {
    desk: required('DESK', DESKS.join(', ')),
    bureau: required('URL', 'https://host:port of the bureau'),
    config: required('FILE', 'settings of this desk'),
    'safety-table': optional(
      'FILE',
      'clinic: interactions, allergens, duplicates; in place of the one in the settings',
    ),
    'store-pin-file': optional('FILE', 'file with the start-up PIN of the local store; without it the terminal asks'),
    demonstration: optional('yes', 'where nobody is a patient: virtual scanners count, the screens say so'),
    fingers: optional('DIR', 'with --demonstration: a sub-folder of pictures for each scanner, instead of scanners'),
  },
  async run(given) {
    const desk = DESKS.find((known) => known === given.value('desk'));
    if (desk === undefined) throw new UsageError(`--desk is one of ${DESKS.join(', ')}`);
    const isDemonstration = readYes('demonstration', given.optional('demonstration'));
    const fingers = given.optional('fingers');
    if (fingers !== undefined && !isDemonstration) throw new UsageError('--fingers only with --demonstration yes');
    const stop = new AbortController();
    const end = (): void => stop.abort();
    process.once('SIGTERM', end);
    process.once('SIGINT', end);
    const { runKiosk } = await import('../main/app/run-kiosk.ts');
    const log = (name: string, cause: unknown): void => {
      process.stderr.write(`${name}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`);
    };
    const running = await runKiosk(
      {
        desk,
        bureauUrl: given.value('bureau'),
        configFile: given.value('config'),
        safetyTable: given.optional('safety-table'),
        storePinFile: given.optional('store-pin-file'),
        demonstration: isDemonstration ? { fingers } : undefined,
        signal: stop.signal,
      },
      log,
    );
    print({ listening: running.url, pid: process.pid });
    if (!stop.signal.aborted) await once(stop.signal, 'abort');
    await running.close();
  },
};
