/**
 * `imis fingerprint identify`: whose finger of a folder is this? The search of the bureau, over a gallery that is made for the question and erased.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, optional, print, UsageError } from './command.ts';
import { DPI_OPTION, dpiOf } from './fingerprint-arguments.ts';

/** Which finger an image shows nobody says: all lie at one position, and the probe is compared with every one. */
const POSITION = 1;
const MOST = 50;

export const fingerprintIdentify: Command = {
  words: ['fingerprint', 'identify'],
  summary: 'the images of a folder that are most like a fingerprint, best first, by the staged search',
  operands: ['PROBE', 'DIR'],
  options: { ...DPI_OPTION, limit: optional('N', `how many at most, 1 to ${MOST}; 5 unless given`) },
  async run(given) {
    const dpi = dpiOf(given);
    const limit = Number(given.optional('limit') ?? 5);
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= MOST)) throw new UsageError(`--limit: 1 to ${MOST}`);
    const { openFingerprintFiles } = await import('../main/app/fingerprint-files.ts');
    const { openLocalGallery } = await import('../biometric/index/local-gallery.ts');
    const { falseMatchRate } = await import('../biometric/match/false-match-rate.ts');
    const files = await openFingerprintFiles(dpi);
    const probe = await files.readTemplates(given.operand(0));
    const images = await files.readFolderTemplates(given.operand(1));
    const folder = await mkdtemp(join(tmpdir(), 'imis-identify-'));
    const { signal } = new AbortController();
    try {
      const gallery = await openLocalGallery({ folder, key: randomBytes(32) });
      try {
        const names = new Map<string, string>();
        const persons = images.flatMap(({ name, templates }) => {
          if (templates === undefined) return [];
          const id = randomBytes(16).toString('hex');
          names.set(id, name);
          return [{ id, fingers: [{ finger: POSITION, templates }] }];
        });
        await gallery.add(persons, signal);
        const answer = await gallery.search({ fingers: [{ finger: POSITION, templates: probe }] }, limit, signal);
        print({
          candidates: answer.candidates.map(({ id, score }) => ({
            image: names.get(id),
            score,
            falseMatchRate: falseMatchRate(score),
          })),
          searched: answer.searched,
          enrolled: answer.enrolled,
          refused: images.flatMap(({ name, refused }) => (refused === undefined ? [] : [{ name, code: refused }])),
        });
      } finally {
        await gallery.close();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
