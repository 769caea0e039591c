/**
 * From an image to minutiae.
 *
 *     const extractor = await createExtractor();
 *     const { templates, quality } = extractor.extract(decodeImage(bytes, { dpi: 500 }));
 *     await writeFile('finger.fmr', writeIso19794(record));
 * @module
 */
import type { FingerQuality } from './finger-quality.ts';
import type { FingerTemplate } from './finger-template.ts';
import type { GreyImage } from './grey-image.ts';

/** What one image yields. */
export interface Extraction {
  /** One template for each of the two parameterisations, always in the same order. */
  readonly templates: readonly FingerTemplate[];
  readonly quality: FingerQuality;
}

/** Finds minutiae. */
export interface Extractor {
  /** Throws IMAGE_TOO_LARGE, IMAGE_TOO_SMALL, IMAGE_UNSUPPORTED (resolution), FINGER_ABSENT; a poor finger is never refused. */
  extract(image: GreyImage): Extraction;
}
