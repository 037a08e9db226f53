/** Bytes of buffers that a thread may discard before it has them collected. */
const COLLECT_EVERY_BYTES = 8 * 1024 * 1024;

interface Collector {
  (options: { readonly type: "minor" }): void;
}

/**
 * Counts the buffers that a thread discards and has V8 free them in time.
 *
 * By itself V8 lets each thread pile up 64 MB of them. The collector is exposed by `--expose-gc`, which the program is
 * started and compiled with; without it more memory is used, and nothing else changes.
 */
export class BufferGc {
  readonly #collect = (globalThis as { gc?: Collector }).gc;
  #bytes = 0;

  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < COLLECT_EVERY_BYTES) return;
    this.#bytes = 0;
    this.#collect?.({ type: "minor" });
  }
}
