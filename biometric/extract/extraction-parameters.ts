/**
 * Every number of the extraction. Lengths in pixels at 500 dpi, angles in radians, standard deviations where a Gaussian is meant.
 * @module
 */
import type { SegmentationParameters } from './segment.ts';

/** What both parameterisations share: the picture up to its orientation and period. */
export interface FrontParameters {
  /** Half side of the window of mean and deviation; variance added to that of each window; where normalised values are cut. */
  readonly normalise: { readonly radius: number; readonly floor: number; readonly limit: number };
  readonly segmentation: SegmentationParameters;
  /** Smoothing of the gradient tensor for orientation, and for the coherence that segments. */
  readonly orientation: { readonly sigma: number; readonly coherenceSigma: number };
  readonly period: PeriodParameters;
}

/** How the ridge period is measured. */
export interface PeriodParameters {
  /** Cells between two windows. */
  readonly step: number;
  /** Samples across the ridges, one a pixel, and along them, one in two pixels. */
  readonly across: number;
  readonly along: number;
  /** Periods tried, evenly spaced in their logarithm. */
  readonly least: number;
  readonly most: number;
  readonly count: number;
  /** Weight of the whole picture's spectrum beside a window's own, and smoothing over windows, in windows. */
  readonly prior: number;
  readonly sigma: number;
}

/** One parameterisation: how the ridges are made plain and followed. */
export interface ViewParameters {
  /** Filters one after the other, each with orientations measured anew on what the one before left. */
  readonly passes: readonly PassParameters[];
  /** Minutiae of the valleys' skeleton instead of the ridges'. */
  readonly valleys: boolean;
  /** Smaller pieces of ridge and smaller holes go, in pixels. */
  readonly leastPiece: number;
  readonly leastHole: number;
  readonly minutiae: MinutiaParameters;
}

/** One oriented filter. */
export interface PassParameters {
  /** Smoothing of the orientation; 0 takes the one of the front. */
  readonly orientationSigma: number;
  /** Deviation along the ridges in pixels, across them in periods. */
  readonly along: number;
  readonly across: number;
}

/** What is a minutia. */
export interface MinutiaParameters {
  /** Pixels followed from a minutia for its direction, and least that must be there. */
  readonly trace: number;
  readonly leastTrace: number;
  /** Shorter connections on the skeleton make both ends false. */
  readonly spur: number;
  readonly island: number;
  readonly bridge: number;
  /** Endings that face each other across so many pixels are one broken ridge. */
  readonly gap: number;
  /** Nearer to the background there are no minutiae. */
  readonly border: number;
  /** Two minutiae nearer than this: the worse goes. */
  readonly apart: number;
  /** Least quality. */
  readonly quality: number;
  /** As many as are kept, best first. */
  readonly most: number;
}

/** All of it. */
export interface ExtractionParameters {
  readonly front: FrontParameters;
  readonly views: readonly ViewParameters[];
}

const MINUTIAE: MinutiaParameters = {
  trace: 14,
  leastTrace: 7,
  spur: 10,
  island: 12,
  bridge: 8,
  gap: 12,
  border: 12,
  apart: 5,
  quality: 35,
  most: 64,
};

/** The parameters that the accuracy figures of docs/biometric.md were measured with. */
export const EXTRACTION: ExtractionParameters = {
  front: {
    normalise: { radius: 12, floor: 40, limit: 3 },
    segmentation: { contrastShare: 0.35, contrastFloor: 3, coherence: 0.15 },
    orientation: { sigma: 13, coherenceSigma: 10 },
    period: { step: 4, across: 33, along: 12, least: 5, most: 16, count: 18, prior: 0.3, sigma: 1.5 },
  },
  views: [
    {
      passes: [
        { orientationSigma: 0, along: 4, across: 0.4 },
        { orientationSigma: 6, along: 4, across: 0.4 },
      ],
      valleys: false,
      leastPiece: 24,
      leastHole: 14,
      minutiae: MINUTIAE,
    },
    {
      passes: [{ orientationSigma: 0, along: 5, across: 0.6 }],
      valleys: true,
      leastPiece: 24,
      leastHole: 14,
      minutiae: MINUTIAE,
    },
  ],
};
