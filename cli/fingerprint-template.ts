/**
 * `imis fingerprint template`: minutiae of an image and what the image is worth; with --out a record of both extractions as two views.
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { type Command, optional, print, UsageError } from './command.ts';
import { DPI_OPTION, dpiOf } from './fingerprint-arguments.ts';

export const fingerprintTemplate: Command = {
  words: ['fingerprint', 'template'],
  summary: 'minutiae of a fingerprint image (TIFF, PNG, BMP), and its quality',
  operands: ['IMAGE'],
  options: {
    ...DPI_OPTION,
    out: optional('FILE', 'write a minutiae record; an existing file is not overwritten'),
    format: optional('FORMAT', 'iso (ISO/IEC 19794-2:2005, unless given) or incits (INCITS 378-2004)'),
  },
  async run(given) {
    const [dpi, out, format] = [dpiOf(given), given.optional('out'), given.optional('format') ?? 'iso'];
    if (format !== 'iso' && format !== 'incits') throw new UsageError('--format is iso or incits');
    const { openFingerprintFiles } = await import('../main/app/fingerprint-files.ts');
    const { templates, quality } = await (await openFingerprintFiles(dpi)).extractImage(given.operand(0));
    if (out !== undefined) {
      const { writeIso19794 } = await import('../biometric/extract/iso-19794-2.ts');
      const { writeIncits378 } = await import('../biometric/extract/incits-378.ts');
      const views = templates.map((template, view) => ({
        position: 'unknown' as const,
        impression: 0,
        view,
        quality: quality.score,
        template,
      }));
      await writeFile(out, (format === 'iso' ? writeIso19794 : writeIncits378)({ views }), { flag: 'wx' });
    }
    print({
      minutiae: templates.map(({ minutiae }) => minutiae.length),
      quality,
      ...(out === undefined ? {} : { out }),
    });
  },
};
