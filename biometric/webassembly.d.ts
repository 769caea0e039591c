/** The part of the WebAssembly interface that the kernels need; neither the language's library nor Node's types declare it without the DOM. */
declare namespace WebAssembly {
  /** `buffer` is a SharedArrayBuffer where the memory is shared. */
  class Memory {
    constructor(descriptor: { readonly initial: number; readonly maximum: number; readonly shared: boolean });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }
  function instantiate(
    bytes: Uint8Array<ArrayBuffer>,
    imports: Readonly<Record<string, Readonly<Record<string, Memory | (() => void)>>>>,
  ): Promise<{ readonly instance: Instance }>;
}
