/**
 * `imis fingerprint compare-folder`: all pairs of a folder of images, for whoever measures accuracy on data of their own.
 * @module
 */
import { existsSync } from 'node:fs';
import { access, constants, open, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Command, print, required } from './command.ts';
import { DPI_OPTION, dpiOf } from './fingerprint-arguments.ts';

/** A field of RFC 4180: names of files may hold what separates fields and rows. */
const field = (text: string): string => (/[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Rejects with the system's refusal now, not after minutes of work; nothing is made or changed. */
async function mustBeWritable(path: string): Promise<void> {
  if (existsSync(path)) await (await open(path, 'r+')).close();
  else await access(dirname(path), constants.W_OK);
}

export const fingerprintCompareFolder: Command = {
  words: ['fingerprint', 'compare-folder'],
  summary:
    'scores of all pairs of images of a folder as CSV: probe,gallery,score; an image that failed keeps its rows with score 0',
  operands: ['DIR'],
  options: { ...DPI_OPTION, out: required('FILE', 'the CSV; an existing file is overwritten') },
  async run(given) {
    const dpi = dpiOf(given);
    const out = given.value('out');
    const { openFingerprintFiles } = await import('../main/app/fingerprint-files.ts');
    await mustBeWritable(out);
    const files = await openFingerprintFiles(dpi);
    const fingers = await files.readFolder(given.operand(0));
    const lines = ['probe,gallery,score'];
    for (const { probe, gallery, score } of files.comparePairs(fingers))
      lines.push(`${field(probe)},${field(gallery)},${score.toFixed(4)}`);
    await writeFile(out, `${lines.join('\n')}\n`);
    const refused = fingers.flatMap(({ name, refused }) => (refused === undefined ? [] : [{ name, code: refused }]));
    print({ images: fingers.length, pairs: lines.length - 1, refused, out });
  },
};
