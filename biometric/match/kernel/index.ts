/**
 * Cylinder codes and their comparison. AssemblyScript, not TypeScript: built by scripts/build-kernels.mjs into out/kernels/match.wasm.
 * @module
 */
export { angleTable, bearingTable, beginCompare, compareFingers, lengthTable, tuning } from './compare';
export { beginCylinders, encloseMinutiae, encode } from './cylinder';
export { viewBytes } from './layout';

/** First free byte of the memory. */
export function heapBase(): usize {
  return __heap_base;
}
