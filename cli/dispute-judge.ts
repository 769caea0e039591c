/**
 * `imis dispute judge`: anybody repeats an opening from its proof, with two public certificates and nothing else.
 * @module
 */
import { type Command, print, required } from './command.ts';

export const disputeJudge: Command = {
  words: ['dispute', 'judge'],
  summary: 'repeat an opening from its proof and say who signed',
  options: {
    proof: required('FILE', 'the proof file'),
    'bureau-ca': required('FILE', 'certificate of the bureau’s authority, PEM or DER'),
    'professional-ca': required('FILE', 'certificate of the profession’s authority, PEM or DER'),
  },
  async run(given) {
    const { judgeCase } = await import('../main/app/dispute-files.ts');
    print(
      await judgeCase({
        proofFile: given.value('proof'),
        bureauCa: given.value('bureau-ca'),
        professionalCa: given.value('professional-ca'),
      }),
    );
  },
};
