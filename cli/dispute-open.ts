/**
 * `imis dispute open`: the order to open a signature, given by whoever holds the bureau’s folder. Nothing is opened by it.
 * @module
 */
import { type Command, optional, print, required, UsageError } from './command.ts';

export const disputeOpen: Command = {
  words: ['dispute', 'open'],
  summary: 'order a signature to be opened; makes the case to give to the openers',
  options: {
    dir: required('D', 'the bureau’s folder'),
    case: required('ID', 'case number: letters, digits, dot, hyphen, underscore'),
    reason: required('TEXT', 'why'),
    message: optional('HEX', 'id of a message the bureau accepted, 64 hexadecimal digits'),
    signed: optional('FILE', 'instead: the signed document, DER of SignedData'),
    out: required('FILE', 'the case file to make'),
  },
  async run(given) {
    const [message, signed] = [given.optional('message'), given.optional('signed')];
    if ((message === undefined) === (signed === undefined)) throw new UsageError('give --message or --signed');
    const [{ disputedOf, mustBeFree, openCase, writeNew }, { systemClock }] = await Promise.all([
      import('../main/app/dispute-files.ts'),
      import('../main/app/system-clock.ts'),
    ]);
    mustBeFree(given.value('out'));
    const asked = { caseId: given.value('case'), reason: given.value('reason'), disputed: disputedOf(message, signed) };
    writeNew(given.value('out'), await openCase(given.value('dir'), asked, systemClock));
    print({ case: given.value('case'), file: given.value('out') });
  },
};
