#!/usr/bin/env node
/**
 * The `imis` command: finds the sub-command, reads its arguments, reports what it refuses. Exit codes: 0 done, 1 refused, 2 wrong usage.
 * @module
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { bureauAddInstitution } from './bureau-add-institution.ts';
import { bureauAdoptOpeners } from './bureau-adopt-openers.ts';
import { bureauBeginEpoch } from './bureau-begin-epoch.ts';
import { bureauChangeDoctorClasses } from './bureau-change-doctor-classes.ts';
import { bureauEnrolTerminal } from './bureau-enrol-terminal.ts';
import { bureauFirstClerk } from './bureau-first-clerk.ts';
import { bureauHolderDeceased } from './bureau-holder-deceased.ts';
import { bureauInit } from './bureau-init.ts';
import { bureauMakeIssuer } from './bureau-make-issuer.ts';
import { bureauReadmitDoctor } from './bureau-readmit-doctor.ts';
import { bureauRevoke } from './bureau-revoke.ts';
import { bureauRevokeDoctor } from './bureau-revoke-doctor.ts';
import { bureauServe } from './bureau-serve.ts';
import { bureauSetStanding } from './bureau-set-standing.ts';
import { cardChangePin } from './card-change-pin.ts';
import { cardConformance } from './card-conformance.ts';
import { cardDiagnose } from './card-diagnose.ts';
import { cardIssue } from './card-issue.ts';
import { cardList } from './card-list.ts';
import { cardRenew } from './card-renew.ts';
import { cardReplace } from './card-replace.ts';
import { cardReport } from './card-report.ts';
import { cardResume } from './card-resume.ts';
import { cardSuspend } from './card-suspend.ts';
import { cardUnblock } from './card-unblock.ts';
import { type Command, holdsReaders, ReportedFault, readArguments, UsageError } from './command.ts';
import { deskChangeStorePin } from './desk-change-store-pin.ts';
import { deskOutbox } from './desk-outbox.ts';
import { disputeCombine } from './dispute-combine.ts';
import { disputeJudge } from './dispute-judge.ts';
import { disputeOpen } from './dispute-open.ts';
import { disputeShare } from './dispute-share.ts';
import { disputeShow } from './dispute-show.ts';
import { fingerprintCompare } from './fingerprint-compare.ts';
import { fingerprintCompareFolder } from './fingerprint-compare-folder.ts';
import { fingerprintIdentify } from './fingerprint-identify.ts';
import { fingerprintTemplate } from './fingerprint-template.ts';
import { galleryServe } from './gallery-serve.ts';
import { kiosk } from './kiosk.ts';
import { officerCeremonyAbandon } from './officer-ceremony-abandon.ts';
import { officerCeremonyShow } from './officer-ceremony-show.ts';
import { officerCeremonyStart } from './officer-ceremony-start.ts';
import { officerCeremonyStep } from './officer-ceremony-step.ts';
import { officerKeygen } from './officer-keygen.ts';
import { scannerEnrol } from './scanner-enrol.ts';
import { scannerForget } from './scanner-forget.ts';
import { scannerList } from './scanner-list.ts';

const COMMANDS: readonly Command[] = [
  bureauInit,
  bureauMakeIssuer,
  bureauAdoptOpeners,
  bureauServe,
  galleryServe,
  bureauAddInstitution,
  bureauEnrolTerminal,
  bureauFirstClerk,
  bureauRevoke,
  bureauRevokeDoctor,
  bureauReadmitDoctor,
  bureauChangeDoctorClasses,
  bureauBeginEpoch,
  bureauSetStanding,
  bureauHolderDeceased,
  disputeOpen,
  disputeShow,
  disputeShare,
  disputeCombine,
  disputeJudge,
  officerKeygen,
  officerCeremonyStart,
  officerCeremonyShow,
  officerCeremonyStep,
  officerCeremonyAbandon,
  cardDiagnose,
  cardConformance,
  cardIssue,
  cardList,
  cardReport,
  cardSuspend,
  cardResume,
  cardReplace,
  cardRenew,
  cardChangePin,
  cardUnblock,
  fingerprintTemplate,
  fingerprintCompare,
  fingerprintCompareFolder,
  fingerprintIdentify,
  scannerList,
  scannerEnrol,
  scannerForget,
  kiosk,
  deskOutbox,
  deskChangeStorePin,
];

/** Rows of a name and what it means, in two columns. */
function columns(rows: readonly (readonly [name: string, meaning: string])[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, meaning]) => `  ${name.padEnd(width)}${meaning}`);
}

function usageOf(command: Command): string {
  const options = Object.entries(command.options);
  const line = options.map(([name, { value, required }]) => (required ? `--${name} ${value}` : `[--${name} ${value}]`));
  const lines = columns(options.map(([name, { value, help }]) => [`--${name} ${value}`, help]));
  const words = [...command.words, ...(command.operands ?? [])];
  return [`imis ${words.join(' ')} ${line.join(' ')}`, `  ${command.summary}`, ...lines].join('\n');
}

const help = (): string =>
  [
    'imis: the integrated medical information system',
    '',
    ...columns(COMMANDS.map(({ words, summary }) => [`imis ${words.join(' ')}`, summary])),
    '',
    'imis SUB-COMMAND --help shows its arguments. Exit codes: 0 done, 1 refused, 2 wrong usage.',
    '',
  ].join('\n');

const find = (args: readonly string[]): Command | undefined =>
  COMMANDS.find(({ words }) => words.every((word, i) => args[i] === word));

/** Runs one call; the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const command = find(args);
  const rest = args.slice(command?.words.length ?? 0);
  if (rest.includes('--help') || (command === undefined && rest[0] === 'help')) {
    process.stdout.write(command === undefined ? help() : `${usageOf(command)}\n`);
    return 0;
  }
  try {
    if (command === undefined)
      throw new UsageError(args.length === 0 ? 'no sub-command' : `unknown: ${args.join(' ').slice(0, 80)}`);
    await command.run(readArguments(command, rest));
    return 0;
  } catch (cause) {
    if (cause instanceof ReportedFault) return 1;
    if (cause instanceof UsageError) {
      process.stderr.write(`${cause.message}\n\n${command === undefined ? help() : `${usageOf(command)}\n`}`);
      return 2;
    }
    const { refusalText } = await import('./report-refusal.ts');
    process.stderr.write(refusalText(cause));
    return 1;
  }
}

// Sub-commands import what they need only now, and from the second call on compiled code lies ready: a third of the time to start.
enableCompileCache(join(import.meta.dirname, '..', 'out', 'compile-cache'));

const args = process.argv.slice(2);
// Not process.exit at once: what is written to a pipe must get through.
process.exitCode = await main(args);
const called = find(args);
if (called !== undefined && holdsReaders(called)) {
  const flushed = (stream: NodeJS.WriteStream) => new Promise((resolve) => stream.write('', resolve));
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit();
}
