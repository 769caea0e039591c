/**
 * From an image to minutiae, by two parameterisations.
 *
 *     const extractor = await createExtractor();
 *     const { templates, quality } = extractor.extract(decodeImage(bytes, { dpi: 500 }));
 * @module
 */
import { EXTRACTION } from './extraction-parameters.ts';
import { createStages } from './extraction-stages.ts';
import type { FingerQuality } from './finger-quality.ts';
import type { FingerTemplate } from './finger-template.ts';
import type { GreyImage } from './grey-image.ts';
import { judgeQuality } from './judge-quality.ts';
import { scaleTo500 } from './scale-image.ts';

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

/** Loads the kernel and makes its tables: some 50 ms, once a process. */
export async function createExtractor(): Promise<Extractor> {
  const stages = await createStages(EXTRACTION);
  return {
    extract(image) {
      const { width, height, pixels } = scaleTo500(image);
      stages.reset();
      const front = stages.front(width, height, pixels);
      const views = EXTRACTION.views.map((view) => stages.view(front, view));
      return {
        quality: judgeQuality(front, views),
        templates: views.map(({ minutiae }) => ({ width, height, minutiae })),
      };
    },
  };
}
