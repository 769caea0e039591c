/**
 * Everything that runs over pixels. AssemblyScript, not TypeScript: built by scripts/build-kernels.mjs into out/kernels/extract.wasm.
 * The caller lays out the memory (biometric/extract/load-kernel.ts); nothing here allocates.
 * @module
 */
export { filterCells } from './filter';
export { boxMean, multiply, pad, smooth, standardise } from './normalise';
export { blurCells, sumCells, tensor } from './orientation';
export { periodPowers } from './period';
export { binarise, dropSmall, thin } from './skeleton';

/** First free byte of the memory. */
export function heapBase(): usize {
  return __heap_base;
}
