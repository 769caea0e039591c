/**
 * Fingers out of files: images (TIFF, PNG, BMP) and minutiae records (ISO/IEC 19794-2, INCITS 378), for the command line and the benchmark.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BiometricError, type BiometricErrorCode } from '../../biometric/biometric-error.ts';
import { createExtractor, type Extraction } from '../../biometric/extract/create-extractor.ts';
import { decodeImage } from '../../biometric/extract/decode-image.ts';
import type { FingerRecord } from '../../biometric/extract/finger-record.ts';
import { isFingerRecord, readFingerRecord } from '../../biometric/extract/read-finger-record.ts';
import { createMatcher } from '../../biometric/match/create-matcher.ts';
import type { PreparedFinger } from '../../biometric/match/prepared-finger.ts';

/** A file of a folder: its finger, or why there is none. */
export interface FolderFinger {
  /** File name without its ending: `<finger>_<impression>`. */
  readonly name: string;
  readonly finger: PreparedFinger | undefined;
  readonly refused: BiometricErrorCode | undefined;
}

/** One comparison of a folder; 0 where one of the two images failed. */
export interface FolderScore {
  readonly probe: string;
  readonly gallery: string;
  readonly score: number;
}

const IMAGE = /\.(?:tiff?|png|bmp)$/iu;

/** Opens extraction and comparison over files; images are taken to have `dpi` pixels an inch. */
export async function openFingerprintFiles(dpi: number) {
  const [extractor, matcher] = await Promise.all([createExtractor(), createMatcher()]);
  const extractImage = async (path: string): Promise<Extraction> =>
    extractor.extract(decodeImage(await readFile(path), { dpi }));
  const readFinger = async (path: string): Promise<PreparedFinger> => {
    const bytes = await readFile(path);
    if (!isFingerRecord(bytes)) return matcher.prepare(extractor.extract(decodeImage(bytes, { dpi })).templates);
    return matcher.prepare(templatesOf(readFingerRecord(bytes)));
  };
  return {
    matcher,
    extractImage,
    /** An image or a record of one finger. Throws BiometricError. */
    readFinger,
    /** Every image of a folder, in the order of their names. */
    async readFolder(folder: string): Promise<readonly FolderFinger[]> {
      const files = (await readdir(folder)).filter((file) => IMAGE.test(file)).sort();
      const fingers: FolderFinger[] = [];
      for (const file of files) {
        const name = file.replace(IMAGE, '');
        try {
          fingers.push({ name, finger: await readFinger(join(folder, file)), refused: undefined });
        } catch (cause) {
          if (!(cause instanceof BiometricError)) throw cause;
          fingers.push({ name, finger: undefined, refused: cause.code });
        }
      }
      return fingers;
    },
    /** Every unordered pair. */
    *comparePairs(fingers: readonly FolderFinger[]): Generator<FolderScore> {
      for (const [i, a] of fingers.entries()) {
        for (const b of fingers.slice(i + 1)) {
          const both = a.finger !== undefined && b.finger !== undefined;
          yield { probe: a.name, gallery: b.name, score: both ? matcher.compare(a.finger, b.finger) : 0 };
        }
      }
    },
  };
}

/** The views of a record that shows one finger, in their order. Throws TEMPLATE_MALFORMED. */
function templatesOf({ views }: FingerRecord) {
  const [first] = views;
  if (first === undefined || views.some(({ position }) => position !== first.position))
    throw new BiometricError('TEMPLATE_MALFORMED', 'not a record of one finger');
  return [...views].sort((a, b) => a.view - b.view).map(({ template }) => template);
}
