/**
 * When a card process is started anew: after it ended, with growing pauses where that happens again and again; when it gives no sign of life
 * (a native call that froze it, a crash that hangs); and when the machine has slept, because readers and drivers are not the same
 * after that (card.md 5.1). Sleep is noticed as a clock that jumped between two ticks; a shell that is told of it says so itself. And twice a
 * day while nothing goes on, because the native module keeps some hundred bytes of every command and transaction.
 * @module
 */
import type { Clock } from '../../contract/clock.ts';

/** Pauses before a new process, ms: doubled each time one did not live long. */
const BACKOFF_MS = { first: 250, last: 5_000 } as const;
/** A process that lived this long starts the pauses over, ms. */
const LONG_LIFE_MS = 30_000;
const TICK_MS = 2_000;
/** So many questions without an answer end it; the start, which may load much, has more. Counted, because a clock may jump. */
const UNANSWERED = { running: 5, starting: 30 } as const;
/** Between two ticks: this long and the machine slept, ms. */
const SLEPT_MS = 15_000;
/** A process as young as this has been started after whatever happened, ms. */
const YOUNG_MS = 3_000;

/** From this age on it is renewed when the desk is at rest, ms. */
const OLD_MS = 12 * 3_600_000;

/** A started process, as far as its life is concerned. */
export interface LivingProcess {
  /** Asks for a sign of life. */
  ping(): void;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

/** Told by whoever holds the process. */
export interface CardProcessLife {
  started(process: LivingProcess): void;
  /** It opened its readers, or software cards. */
  ready(source: 'pcsc' | 'software'): void;
  signOfLife(): void;
  /** It ended, by itself or not; a new one is started after a while. */
  ended(): void;
  /** Ends one that holds readers and starts another without a pause: after sleep, or when readers have to be found anew. */
  renew(): void;
  /** Starts nothing any more. */
  close(): void;
}

/** `restart` starts the next process, which tells `started`. */
export function watchCardProcess(deps: {
  readonly clock: Clock;
  readonly restart: () => void;
  /** No card is in and no call runs. */
  readonly atRest: () => boolean;
  readonly told: (what: 'silent' | 'slept') => void;
}): CardProcessLife {
  const { clock, restart, told } = deps;
  let running:
    | { readonly process: LivingProcess; readonly since: number; unanswered: number; source?: 'pcsc' | 'software' }
    | undefined;
  let pause: number = BACKOFF_MS.first;
  let renewing = false;
  let waiting: NodeJS.Timeout | undefined;
  let lastTick = clock.now();

  const renew = (): void => {
    if (running?.source !== 'pcsc' || clock.now() - running.since < YOUNG_MS) return;
    renewing = true;
    running.process.kill();
  };
  const tick = (): void => {
    const now = clock.now();
    const slept = now - lastTick > SLEPT_MS;
    lastTick = now;
    if (running === undefined) return;
    if (slept) {
      told('slept');
      running.unanswered = 0;
      return renew();
    }
    if (running.unanswered >= (running.source === undefined ? UNANSWERED.starting : UNANSWERED.running)) {
      told('silent');
      // Its end is told by `ended`.
      running.unanswered = 0;
      return running.process.kill();
    }
    if (now - running.since > OLD_MS && deps.atRest()) return renew();
    running.unanswered += 1;
    running.process.ping();
  };
  const ticking = setInterval(tick, TICK_MS);
  ticking.unref();

  return {
    started: (process) => {
      running = { process, since: clock.now(), unanswered: 0 };
    },
    ready: (source) => {
      if (running !== undefined) running.source = source;
    },
    signOfLife: () => {
      if (running !== undefined) running.unanswered = 0;
    },
    ended: () => {
      const lived = running === undefined ? 0 : clock.now() - running.since;
      running = undefined;
      if (lived >= LONG_LIFE_MS) pause = BACKOFF_MS.first;
      const wait = renewing ? 0 : pause;
      if (!renewing) pause = Math.min(pause * 2, BACKOFF_MS.last);
      renewing = false;
      waiting = setTimeout(restart, wait);
      waiting.unref();
    },
    renew,
    close: () => {
      clearInterval(ticking);
      clearTimeout(waiting);
    },
  };
}
