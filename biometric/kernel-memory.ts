/**
 * A compiled kernel (out/kernels, built by scripts/build-kernels.mjs) and the memory that it and TypeScript share.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Every kernel exports its memory and where its free part begins. */
interface KernelExports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
}

/** Where the kernels lie: this file is one folder below the root; the bundle of Electron's main process (out/main) is two, so the root is looked for. */
const FOLDERS = [join(import.meta.dirname, '..', 'out', 'kernels'), join(import.meta.dirname, '..', 'kernels')];

/** The bytes of a kernel. Throws when it has not been built: `node scripts/build-kernels.mjs`. */
export async function readKernel(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const [first, second] = FOLDERS.map((folder) => join(folder, `${name}.wasm`));
  try {
    return await readFile(first ?? '');
  } catch {
    return readFile(second ?? '');
  }
}

/** A kernel in a memory of its own. The caller says what it exports; the build fails when it does not. */
export async function loadKernel<T>(name: string): Promise<T & KernelExports> {
  const { instance } = await WebAssembly.instantiate(await readKernel(name), {
    env: {
      abort: () => {
        throw new Error(`the kernel ${name} stopped`);
      },
    },
  });
  // The exports are those of biometric/*/kernel/index.ts, compiled from the same tree.
  return instance.exports as unknown as T & KernelExports;
}

/** Hands out parts of a kernel's memory one after the other, each on a boundary of 16 bytes, and takes all back at once. */
export function createArena(kernel: KernelExports) {
  let next = (kernel.heapBase() + 15) & ~15;
  return {
    /** Address of so many free bytes. They hold whatever was there. Views made before may be detached. */
    take(bytes: number): number {
      const at = next;
      next = (next + bytes + 15) & ~15;
      const missing = next - kernel.memory.buffer.byteLength;
      if (missing > 0) kernel.memory.grow(Math.ceil(missing / 65_536));
      return at;
    },
    /** Where the next part will begin. */
    mark: (): number => next,
    /** Takes back everything since a mark. */
    release(mark: number): void {
      next = mark;
    },
    f32: (at: number, count: number) => new Float32Array(kernel.memory.buffer, at, count),
    i32: (at: number, count: number) => new Int32Array(kernel.memory.buffer, at, count),
    u8: (at: number, count: number) => new Uint8Array(kernel.memory.buffer, at, count),
  };
}

/** See {@link createArena}. */
export type Arena = ReturnType<typeof createArena>;
