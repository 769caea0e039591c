/**
 * What a sub-command is, and how its arguments are read. Exit codes: 0 done, 1 refused, 2 wrong usage.
 * @module
 */
import { parseArgs } from 'node:util';

/** One named argument, always written `--name VALUE`. */
export interface Option {
  /** How the value is called in the help. */
  readonly value: string;
  readonly help: string;
  readonly required: boolean;
}

/** A sub-command. `run` prints results on standard output and refuses by throwing. */
export interface Command {
  /** Words after `imis`. */
  readonly words: readonly string[];
  readonly summary: string;
  /** Names of files and folders that follow the words, all of them required. */
  readonly operands?: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
  run(given: Given): Promise<void>;
}

/** Holds readers in this process while it runs: the native module's thread would keep it for ever, so it must be ended (card/transport/pcsc-library.ts). */
export const holdsReaders = ({ options }: Command): boolean => 'reader' in options || 'operator-reader' in options;

/** Arguments of a call, all of them known and the required ones there. */
export interface Given {
  /** A required argument. */
  value(name: string): string;
  /** An optional one. */
  optional(name: string): string | undefined;
  /** What stands at a place of the command's operands, from 0. */
  operand(place: number): string;
}

/** The call is not one of ours. The message is for whoever typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command has said on standard output what is wrong: exit code 1, and nothing more to print. */
export class ReportedFault extends Error {
  override readonly name = 'ReportedFault';
}

/** Declares a required argument. */
export const required = (value: string, help: string): Option => ({ value, help, required: true });
/** Declares an optional argument. */
export const optional = (value: string, help: string): Option => ({ value, help, required: false });

/** Reads the arguments after a sub-command's words. Throws UsageError for one that is unknown, missing, given twice or without value. */
export function readArguments(command: Command, args: readonly string[]): Given {
  const options = Object.fromEntries(
    Object.keys(command.options).map((name) => [name, { type: 'string', multiple: true } as const]),
  );
  const operands = command.operands ?? [];
  const allowPositionals = operands.length > 0;
  let values: Record<string, string[] | undefined>;
  let positionals: string[];
  try {
    ({ values, positionals } = parseArgs({ args: [...args], options, strict: true, allowPositionals }));
  } catch (cause) {
    const isUsage = cause instanceof Error && 'code' in cause && String(cause.code).startsWith('ERR_PARSE_ARGS');
    if (isUsage) throw new UsageError(cause.message, { cause });
    throw cause;
  }
  const missing = operands[positionals.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing`);
  if (positionals.length > operands.length) throw new UsageError(`${positionals[operands.length]} is one too many`);
  for (const [name, option] of Object.entries(command.options)) {
    const count = values[name]?.length ?? 0;
    if (count > 1) throw new UsageError(`--${name} is given twice`);
    if (count === 0 && option.required) throw new UsageError(`--${name} ${option.value} is missing`);
  }
  const found = (name: string): string | undefined => {
    if (!(name in command.options)) throw new Error(`the command declares no --${name}`);
    return values[name]?.[0];
  };
  return {
    optional: found,
    operand: (place) => {
      const value = positionals[place];
      if (value === undefined) throw new Error(`the command declares no operand ${place}`);
      return value;
    },
    value: (name) => {
      const value = found(name);
      if (value === undefined) throw new Error(`--${name} is not required, ask with optional()`);
      return value;
    },
  };
}

/** A TCP port as typed; 0 is any free one. Throws UsageError. */
export function readPort(text: string): number {
  const port = /^[0-9]{1,5}$/u.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new UsageError(`${text} is not a port`);
  return port;
}

/** A number of days from 1 to 366 as typed. Throws UsageError. */
export function readDays(text: string): number {
  const days = /^[0-9]{1,4}$/u.test(text) ? Number(text) : Number.NaN;
  if (!(days >= 1 && days <= 366)) throw new UsageError(`${text} is not a number of days`);
  return days;
}

/** A switch: `yes` or not given. Throws UsageError for anything else. */
export function readYes(name: string, text: string | undefined): boolean {
  if (text !== undefined && text !== 'yes') throw new UsageError(`--${name} is yes or left out`);
  return text === 'yes';
}

/** One line of JSON on standard output. */
export const print = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};
