/**
 * Cylinder codes and their comparison. AssemblyScript, not TypeScript: built by scripts/build-kernels.mjs into out/kernels/match.wasm.
 * @module
 */
export { compareFingers } from './compare';
export { beginCylinders, encloseMinutiae, encode } from './cylinder';
export { viewBytes } from './layout';
export { angleTable, bearingTable, beginCompare, lengthTable, tuning } from './tables';

/** First free byte of the memory. */
export function heapBase(): usize {
  return __heap_base;
}
