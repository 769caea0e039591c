/**
 * `imis officer ceremony start`: the folder of a key ceremony that travels among the officers.
 * @module
 */
import type { CeremonyWish } from '../main/app/officers/officer-ceremony-start.ts';
import { type Command, type Given, optional, print, required, UsageError } from './command.ts';

const listOf = (text: string): string[] => text.split(',').filter((item) => item !== '');

function readCount(name: string, text: string): number {
  if (!/^[0-9]{1,3}$/u.test(text)) throw new UsageError(`--${name}: ${text} is not a number of officers`);
  return Number(text);
}

function needed(given: Given, name: string): string {
  const value = given.optional(name);
  if (value === undefined) throw new UsageError(`--${name} is missing for this kind`);
  return value;
}

/** `1=FILE,3=FILE`. */
function readDealers(text: string): { index: number; officer: string }[] {
  return listOf(text).map((item) => {
    const cut = item.indexOf('=');
    if (cut < 1) throw new UsageError(`--dealers: ${item} is not INDEX=FILE`);
    return { index: readCount('dealers', item.slice(0, cut)), officer: item.slice(cut + 1) };
  });
}

function readWish(given: Given): CeremonyWish {
  const kind = given.value('kind');
  const officers = listOf(given.value('officers'));
  switch (kind) {
    case 'generate':
      return {
        kind,
        issuer: needed(given, 'issuer'),
        officers,
        threshold: readCount('threshold', needed(given, 'threshold')),
      };
    case 'refresh':
      return { kind, from: needed(given, 'from'), officers };
    case 'reshare':
      return {
        kind,
        from: needed(given, 'from'),
        officers,
        threshold: readCount('threshold', needed(given, 'threshold')),
        dealers: readDealers(needed(given, 'dealers')),
      };
    default:
      throw new UsageError('--kind is generate, refresh or reshare');
  }
}

export const officerCeremonyStart: Command = {
  words: ['officer', 'ceremony', 'start'],
  summary: 'make the folder of a key ceremony; prints what the officers compare before they take part',
  options: {
    dir: required('C', 'the ceremony’s folder to make'),
    kind: required('KIND', 'generate, refresh or reshare'),
    officers: required(
      'LIST',
      'officer.json of the holders afterwards, in the order of their indices, with commas between',
    ),
    threshold: optional('T', 'how many open together (generate, reshare)'),
    issuer: optional('FILE', 'issuer.json of `imis bureau make-issuer` (generate)'),
    from: optional('FILE', 'group.json or opener-set.json in force (refresh, reshare)'),
    dealers: optional(
      'LIST',
      'INDEX=officer.json of as many present holders as open together, with commas between (reshare)',
    ),
  },
  async run(given) {
    const wish = readWish(given);
    const { startCeremony } = await import('../main/app/officers/officer-ceremony-start.ts');
    print(await startCeremony(given.value('dir'), wish));
  },
};
