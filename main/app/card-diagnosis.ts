/**
 * Diagnosis of readers and the cards in them, for whoever stands at a counter where something does not work: findings in an order that says
 * what to mend first. Reads nothing that names a person. A card that another program holds is left alone: SELECT would end its PIN.
 * @module
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readAtr, supportsExtended } from '../../card/apdu/atr.ts';
import { type CardSession, createCardSession } from '../../card/apdu/card-session.ts';
import { command } from '../../card/apdu/command.ts';
import { type CardClaim, readClaim } from '../../card/apps/card-claim.ts';
import type { CardLife } from '../../card/apps/card-life.ts';
import { HISTORICAL_BYTES } from '../../card/apps/card-profile.ts';
import { selectCivil } from '../../card/apps/civil-app.ts';
import { selectNhi } from '../../card/apps/nhi-card.ts';
import { CardError } from '../../card/card-error.ts';
import type { CardConnection } from '../../card/transport/card-reader.ts';
import { openPcscInspection, type PcscInspection, type SeenReader } from '../../card/transport/pcsc-inspection.ts';
import { askPcscd, type RegisteredReader } from '../../card/transport/pcscd-register.ts';
import { equalBytes, hex } from '../../crypto/common/bytes.ts';
import { DIAGNOSIS, type Finding, type FindingCode } from './diagnosis-copy.ts';
import type { Diagnosis } from './run-card-diagnosis.ts';

/** Commands that are timed. */
const ROUND_TRIPS = 20;
/** Above this a desk feels slow: opening a visit takes some forty commands. */
const SLOW_MS = 100;
/** What a reader may take for the whole of its look. */
const READER_TIME_MS = 8_000;

class Stuck extends Error {}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Stuck()), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Version of the installed pcscd, which is not asked but run; undefined where there is none to run. */
async function installedVersion(): Promise<string | undefined> {
  for (const program of ['pcscd', '/usr/sbin/pcscd']) {
    try {
      const { stdout } = await promisify(execFile)(program, ['--version'], { timeout: 2_000 });
      return /version ([0-9][0-9A-Za-z.~+-]*?)\.?\s/u.exec(stdout)?.[1];
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause)) throw cause;
    }
  }
  return undefined;
}

const milliseconds = (ms: number): string => ms.toFixed(ms < 10 ? 2 : 0);

/** Times a command that changes nothing: GET CHALLENGE where the card is ours, else the SELECT that the card has just answered. */
async function timeCard(
  connection: CardConnection,
  session: CardSession,
  claim: CardClaim,
): Promise<{ least: number; median: number }> {
  const isOurs = 'life' in claim;
  const times: number[] = [];
  for (let i = 0; i < ROUND_TRIPS; i++) {
    // A transaction each: twenty commands of a slow card would be too long for one.
    await connection.exclusively(async () => {
      const started = performance.now();
      if (isOurs) await session.send(command([0x00, 0x84, 0x00, 0x00], undefined, 16));
      else await (claim.kind === 'civil' ? selectCivil(session) : selectNhi(session));
      times.push(performance.now() - started);
    });
  }
  times.sort((a, b) => a - b);
  const middle = ROUND_TRIPS / 2;
  return { least: times[0] ?? 0, median: ((times[middle - 1] ?? 0) + (times[middle] ?? 0)) / 2 };
}

/** Looks at one reader; true when a card that we know answered. */
async function diagnoseReader(
  pcsc: PcscInspection,
  reader: string,
  holders: RegisteredReader['sharing'] | 'shared',
  found: (code: FindingCode, values?: Readonly<Record<string, string>>) => void,
): Promise<boolean> {
  if (holders === 'exclusive') {
    found('READER_EXCLUSIVE', { reader });
    return false;
  }
  const inspection = await pcsc.inspect(reader);
  const { vendor, model, version, card } = inspection;
  const driver = [vendor, model, version].filter((text) => text !== undefined).join(' · ');
  if (driver === '') found('READER_ANONYMOUS', { reader });
  else found('READER_DRIVER', { reader, driver });
  if (card.state !== 'present') {
    found(card.state === 'mute' ? 'CARD_MUTE' : 'CARD_NONE', { reader });
    return false;
  }
  if (holders !== 0) {
    found('READER_SHARED', { reader, programs: holders === 'shared' ? '?' : String(holders) });
    return false;
  }
  const { connection, protocol } = await pcsc.connect(reader);
  try {
    const session = createCardSession(connection, { extended: supportsExtended(card.atr) });
    const claim = await connection.exclusively(() => readClaim(session));
    describeAtr(card.atr, protocol, claim, reader, found);
    describeClaim(claim, reader, found);
    if (claim.kind === 'none') return false;
    const { least, median } = await timeCard(connection, session, claim);
    const values = { reader, least: milliseconds(least), median: milliseconds(median), count: String(ROUND_TRIPS) };
    found(median > SLOW_MS ? 'ROUND_TRIP_SLOW' : 'ROUND_TRIP', values);
    return true;
  } finally {
    await connection.disconnect();
  }
}

function describeAtr(
  atr: Uint8Array,
  protocol: number,
  claim: CardClaim,
  reader: string,
  found: (code: FindingCode, values?: Readonly<Record<string, string>>) => void,
): void {
  const facts = readAtr(atr);
  if (facts === undefined || !facts.checked) found('ATR_BROKEN', { reader });
  if (facts === undefined) return;
  const { historical, protocols } = facts;
  // A foreign card may have a number of its own in there: ours are all alike, the NHI card's are its maker's.
  const known = claim.kind === 'nhi' || claim.kind === 'civil' || equalBytes(historical, HISTORICAL_BYTES);
  found(supportsExtended(atr) ? 'ATR_EXTENDED' : 'ATR_SHORT', {
    reader,
    historical: known ? hex(historical) : `${historical.length} B`,
    offered: protocols.map((one) => `T=${one}`).join(', '),
    protocol: `T=${protocol}`,
  });
}

const CODE_OF_LIFE = {
  blank: 'CARD_BLANK',
  active: 'CARD_ACTIVE',
  blocked: 'CARD_BLOCKED',
  other: 'CARD_LIFE_OTHER',
} as const satisfies Record<CardLife, FindingCode>;

function describeClaim(
  claim: CardClaim,
  reader: string,
  found: (code: FindingCode, values?: Readonly<Record<string, string>>) => void,
): void {
  if (claim.kind === 'none') found('CARD_UNKNOWN', { reader });
  else if (claim.kind === 'nhi') found('CARD_NHI', { reader });
  else if (claim.kind === 'civil') found('CARD_CIVIL', { reader });
  else {
    found(CODE_OF_LIFE[claim.life], { reader, kind: claim.kind });
  }
}

const CODE_OF_ERROR = {
  CARD_ABSENT: 'CARD_NONE',
  CARD_LOST: 'CARD_LOST',
  CARD_RESET: 'CARD_LOST',
  CARD_MUTE: 'CARD_MUTE',
  CARD_ANSWER_INVALID: 'CARD_ANSWER_INVALID',
  READER_BUSY: 'READER_EXCLUSIVE',
  READER_SERVICE_DOWN: 'SERVICE_DOWN',
} as const satisfies Partial<Record<CardError['code'], FindingCode>>;

const isMapped = (code: string): code is keyof typeof CODE_OF_ERROR => Object.hasOwn(CODE_OF_ERROR, code);

/** What stands in PC/SC's own words behind a failure, for the technician. */
const causeOf = (error: Error): string => error.message.replaceAll(/\s+/gu, ' ').slice(0, 160);

/**
 * Looks at everything, or at one reader by its exact name. Refuses nothing: whatever fails is a finding. After READER_STUCK a call hangs in
 * a driver and the process cannot end by itself.
 */
export async function diagnoseCards(only?: string): Promise<Diagnosis> {
  const findings: Finding[] = [];
  const found = (code: FindingCode, values: Readonly<Record<string, string>> = {}): void => {
    findings.push({ code, level: DIAGNOSIS[code].level, values });
  };
  const report = (answered: boolean): Diagnosis => {
    const usable = answered && !findings.some(({ level }) => level === 'fault');
    found(usable ? 'USABLE' : 'NOT_USABLE');
    return { usable, findings };
  };

  let pcsc: PcscInspection;
  try {
    pcsc = await openPcscInspection();
    found('LIBRARY');
  } catch (cause) {
    if (!(cause instanceof CardError)) throw cause;
    found('LIBRARY_MISSING', { cause: cause.cause instanceof Error ? causeOf(cause.cause) : '' });
    return report(false);
  }
  const [version, register] = await Promise.all([installedVersion(), askPcscd()]);
  if (register?.state === 'forbidden') {
    found('SERVICE_FORBIDDEN');
    return report(false);
  }
  let seen: readonly SeenReader[];
  try {
    seen = await within(READER_TIME_MS, pcsc.readers());
  } catch (cause) {
    if (cause instanceof Stuck) {
      found('SERVICE_DOWN', { cause: 'no answer' });
      return report(false);
    }
    if (!(cause instanceof CardError)) throw cause;
    found('SERVICE_DOWN', { cause: causeOf(cause) });
    return report(false);
  }
  if (register?.state === 'down' && seen.length === 0) {
    found('SERVICE_DOWN', { cause: 'pcscd.comm' });
    return report(false);
  }
  found('SERVICE', {
    version: version ?? '?',
    protocol: register?.state === 'running' ? register.protocol : '?',
  });
  const registered = register?.state === 'running' ? register.readers : undefined;
  const names = registered?.map(({ name }) => name) ?? seen.map(({ name }) => name);
  const list = names.join(', ');
  if (names.length === 0) {
    found('READERS_NONE');
    return report(false);
  }
  const counts = { count: String(names.length), limit: String(pcsc.limit), watched: String(seen.length), list };
  found(names.length > pcsc.limit ? 'READERS_OVER_LIMIT' : 'READERS', counts);
  if (only !== undefined && !names.includes(only) && registered !== undefined) {
    found('READER_UNKNOWN', { reader: only, list });
    return report(false);
  }
  let answered = 0;
  for (const reader of only === undefined ? names : [only]) {
    const entry = registered?.find(({ name }) => name === reader)?.sharing;
    const event = seen.find(({ name }) => name === reader)?.sharing ?? 'free';
    try {
      const holders = entry ?? (event === 'free' ? 0 : event);
      if (await within(READER_TIME_MS, diagnoseReader(pcsc, reader, holders, found))) answered += 1;
    } catch (cause) {
      if (cause instanceof Stuck || (cause instanceof CardError && cause.code === 'CARD_SLOW')) {
        found('READER_STUCK', { reader });
        return report(false);
      }
      if (!(cause instanceof CardError)) throw cause;
      found(isMapped(cause.code) ? CODE_OF_ERROR[cause.code] : 'READER_FAILED', { reader, cause: causeOf(cause) });
    }
  }
  if (answered === 0) found('NOTHING_ANSWERED');
  return report(answered > 0);
}
