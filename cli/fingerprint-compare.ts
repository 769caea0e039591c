/**
 * `imis fingerprint compare`: two impressions and what their score means.
 * @module
 */
import { type Command, print } from './command.ts';
import { DPI_OPTION, dpiOf } from './fingerprint-arguments.ts';

export const fingerprintCompare: Command = {
  words: ['fingerprint', 'compare'],
  summary: 'how alike two fingerprints are, and how often fingers of two people are so much alike',
  operands: ['A', 'B'],
  options: DPI_OPTION,
  async run(given) {
    const dpi = dpiOf(given);
    const { openFingerprintFiles } = await import('../main/app/fingerprint-files.ts');
    const { falseMatchRate } = await import('../biometric/match/false-match-rate.ts');
    const files = await openFingerprintFiles(dpi);
    const [a, b] = [await files.readFinger(given.operand(0)), await files.readFinger(given.operand(1))];
    const score = files.matcher.compare(a, b);
    print({ score, falseMatchRate: falseMatchRate(score) });
  },
};
