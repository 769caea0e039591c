/** The part of the WebAssembly interface that the kernels need; neither the language's library nor Node's types declare it without the DOM. */
declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }
  function instantiate(
    bytes: Uint8Array<ArrayBuffer>,
    imports: Readonly<Record<string, Readonly<Record<string, () => void>>>>,
  ): Promise<{ readonly instance: Instance }>;
}
