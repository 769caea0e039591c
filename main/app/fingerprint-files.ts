/**
 * Fingers out of files: images (TIFF, PNG, BMP) and minutiae records (ISO/IEC 19794-2, INCITS 378), for the command line and the benchmark.
 * @module
 */
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BiometricError, type BiometricErrorCode } from '../../biometric/biometric-error.ts';
import { createExtractor, type Extraction } from '../../biometric/extract/create-extractor.ts';
import { decodeImage } from '../../biometric/extract/decode-image.ts';
import type { FingerRecord } from '../../biometric/extract/finger-record.ts';
import type { FingerTemplate } from '../../biometric/extract/finger-template.ts';
import { isFingerRecord, readFingerRecord } from '../../biometric/extract/read-finger-record.ts';
import { createMatcher } from '../../biometric/match/create-matcher.ts';
import type { PreparedFinger } from '../../biometric/match/prepared-finger.ts';

/** A file of a folder: its finger, or why there is none. */
export interface FolderFinger {
  /** File name without its ending, where no other file has the same: `<finger>_<impression>`. */
  readonly name: string;
  readonly finger: PreparedFinger | undefined;
  readonly refused: BiometricErrorCode | undefined;
}

/** The same before it is prepared. */
export interface FolderImage {
  readonly name: string;
  readonly templates: readonly FingerTemplate[] | undefined;
  readonly refused: BiometricErrorCode | undefined;
}

/** One comparison of a folder; 0 where one of the two images failed. */
export interface FolderScore {
  readonly probe: string;
  readonly gallery: string;
  readonly score: number;
}

/** Bytes of a file at most: more is neither an image nor a record that would be taken in. */
const MOST_BYTES = 20_000_000;
const CHUNK_BYTES = 1_048_576;

/** The bytes of a file or pipe. IMAGE_TOO_LARGE before one of them is read where it says how long it is, else as soon as it is too long. */
async function readBounded(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size > MOST_BYTES) throw new BiometricError('IMAGE_TOO_LARGE', `${size} bytes`);
    const chunks: Buffer[] = [];
    for (let length = 0; length <= MOST_BYTES; ) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return Buffer.concat(chunks);
      chunks.push(buffer.subarray(0, bytesRead));
      length += bytesRead;
    }
    throw new BiometricError('IMAGE_TOO_LARGE', `more than ${MOST_BYTES} bytes`);
  } finally {
    await file.close();
  }
}

/** Why a file of a folder gives no finger; undefined for what is no fault of the file. */
function refusedFor(cause: unknown): BiometricErrorCode | undefined {
  if (cause instanceof BiometricError) return cause.code;
  // The system's: a link to nowhere, one that may not be read.
  return cause instanceof Error && 'errno' in cause ? 'IMAGE_MALFORMED' : undefined;
}

const IMAGE = /\.(?:tiff?|png|bmp)$/iu;

/** Opens extraction and comparison over files; images are taken to have `dpi` pixels an inch. */
export async function openFingerprintFiles(dpi: number) {
  const [extractor, matcher] = await Promise.all([createExtractor(), createMatcher()]);
  const extractImage = async (path: string): Promise<Extraction> =>
    extractor.extract(decodeImage(await readBounded(path), { dpi }));
  const readTemplates = async (path: string): Promise<readonly FingerTemplate[]> => {
    const bytes = await readBounded(path);
    if (!isFingerRecord(bytes)) return extractor.extract(decodeImage(bytes, { dpi })).templates;
    return templatesOf(readFingerRecord(bytes));
  };
  const readFinger = async (path: string): Promise<PreparedFinger> => matcher.prepare(await readTemplates(path));
  /** Every image of a folder, in the order of their names. */
  const readFolderTemplates = async (folder: string): Promise<readonly FolderImage[]> => {
    const images: FolderImage[] = [];
    const found = (await readdir(folder)).filter((name) => IMAGE.test(name)).sort();
    const alike = Map.groupBy(found, (file) => file.replace(IMAGE, ''));
    for (const file of found) {
      const short = file.replace(IMAGE, '');
      const name = alike.get(short)?.length === 1 ? short : file;
      try {
        // Whoever reads from a pipe waits for somebody who writes.
        if (!(await stat(join(folder, file))).isFile()) throw new BiometricError('IMAGE_MALFORMED', 'not a file');
        images.push({ name, templates: await readTemplates(join(folder, file)), refused: undefined });
      } catch (cause) {
        const refused = refusedFor(cause);
        if (refused === undefined) throw cause;
        images.push({ name, templates: undefined, refused });
      }
    }
    return images;
  };
  return {
    matcher,
    extractImage,
    /** An image or a record of one finger. Throws BiometricError. */
    readFinger,
    /** Templates of an image or a record of one finger. Throws BiometricError. */
    readTemplates,
    readFolderTemplates,
    async readFolder(folder: string): Promise<readonly FolderFinger[]> {
      return (await readFolderTemplates(folder)).map(({ name, templates, refused }) => ({
        name,
        finger: templates === undefined ? undefined : matcher.prepare(templates),
        refused,
      }));
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
