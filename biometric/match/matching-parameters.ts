/**
 * Every number of the comparison. Lengths in pixels at 500 dpi, angles in radians unless said otherwise. Names in brackets are those of Cappelli,
 * Ferrara, Maltoni: Minutia Cylinder-Code (TPAMI 2010).
 * @module
 */

/** A code's cylinder. */
export interface CylinderParameters {
  /** Radius [R]; cells along the base's side [NS], those within the radius count; sectors of direction [ND]. */
  readonly radius: number;
  readonly side: number;
  readonly sectors: number;
  /** Deviations of a neighbour's influence in place and direction [sigma S, sigma D]; value from which a cell is 1 [mu psi]. */
  readonly spatial: number;
  readonly directional: number;
  readonly threshold: number;
}

/** A sigmoid: value at which it is a half, slope. */
export interface Sigmoid {
  readonly middle: number;
  readonly slope: number;
}

/** How two views are compared. */
export interface ComparisonParameters {
  /** Greatest turn between two fingers, 1/256 of a circle. */
  readonly turn: number;
  /** Least similarity of two cylinders that may be a pair; most pairs. */
  readonly leastSimilarity: number;
  readonly mostPairs: number;
  /** Relaxation: own weight [w R], rounds [n rel], agreement of lengths, directions, bearings [rho]. */
  readonly own: number;
  readonly rounds: number;
  readonly length: Sigmoid;
  readonly direction: Sigmoid;
  readonly bearing: Sigmoid;
  /** Pairs that count [n P]: fewest, most, by how many minutiae. */
  readonly fewest: number;
  readonly most: number;
  readonly byMinutiae: Sigmoid;
  /** Overlap: square pixels that a direction weighs, margin of the hull, tolerance in pixels and in 1/256 of a circle. */
  readonly directionWeight: number;
  readonly margin: number;
  readonly far: number;
  readonly twist: number;
  /** Minutiae that are taken to be unpaired besides, so that a small overlap proves little. */
  readonly spare: number;
  /** Below this strength of the first views nothing more is looked at. */
  readonly gate: number;
  /** Weights of the root of the strength, of the paired share of the overlap, and of nearness. */
  readonly weights: { readonly strength: number; readonly overlap: number; readonly nearness: number };
}

/** All of it. */
export interface MatchingParameters {
  /** Most minutiae of a view, best first. */
  readonly minutiae: number;
  /** 128 bits: the scan of a gallery. */
  readonly short: CylinderParameters;
  /** 312 bits: the comparison. */
  readonly long: CylinderParameters;
  readonly comparison: ComparisonParameters;
}

/** The parameters that the accuracy figures of docs/biometric.md were measured with. */
export const MATCHING: MatchingParameters = {
  minutiae: 64,
  short: { radius: 70, side: 6, sectors: 4, spatial: 28 / 3, directional: 0.7, threshold: 0.005 },
  long: { radius: 70, side: 8, sectors: 6, spatial: 8.5, directional: (2 * Math.PI) / 9, threshold: 0.0065 },
  comparison: {
    turn: 64,
    leastSimilarity: 0.275,
    mostPairs: 24,
    own: 0.4,
    rounds: 4,
    length: { middle: 7, slope: -1.6 },
    direction: { middle: Math.PI / 12, slope: -30 },
    bearing: { middle: Math.PI / 12, slope: -30 },
    fewest: 4,
    most: 10,
    byMinutiae: { middle: 20, slope: 0.4 },
    directionWeight: 900,
    margin: 4,
    far: 12,
    twist: 20,
    spare: 6,
    gate: 0.014,
    weights: { strength: 13, overlap: 28, nearness: 0.15 },
  },
};
