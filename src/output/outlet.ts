/** Time between attempts to write to a slow reader, in milliseconds, and the number of attempts. */
const RETRY_MS = 5;
const TRIES = 6000;

/** A destination for text: failures to write are remembered, and never fail the work that the text is about. */
export class Outlet {
  /** In words: "standard output". */
  readonly name: string;
  readonly #write: (bytes: Uint8Array) => number;
  readonly #encoder = new TextEncoder();
  #failure: Error | null = null;
  #hasReader = true;

  /** @param write writes some of the bytes, and returns how many */
  constructor(name: string, write: (bytes: Uint8Array) => number) {
    this.name = name;
    this.#write = write;
  }

  /** Why something could not be written; null where everything could, or where the reader has gone. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Writes a text, as far as possible. */
  write(text: string): void {
    if (!this.#hasReader) return;
    const bytes = this.#encoder.encode(text);
    try {
      for (let at = 0; at < bytes.length;) at += this.#writeSome(bytes.subarray(at));
    } catch (error) {
      // The reader has gone: the work is done all the same.
      if (error instanceof Deno.errors.BrokenPipe) this.#hasReader = false;
      else this.#failure = error instanceof Error ? error : new Error(String(error));
    }
  }

  /** A pipe that another program has made non-blocking refuses what does not fit yet. */
  #writeSome(bytes: Uint8Array): number {
    for (let tries = 1;; tries++) {
      try {
        return this.#write(bytes);
      } catch (error) {
        if (!(error instanceof Deno.errors.WouldBlock) || tries === TRIES) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, RETRY_MS);
      }
    }
  }
}
