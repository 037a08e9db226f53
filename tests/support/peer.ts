import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

/** Another process that answers each line with one line. */
export class Peer implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #read = "";

  private constructor(program: string, args: readonly string[]) {
    this.#process = new Deno.Command(program, { args: [...args], stdin: "piped", stdout: "piped" }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#reader = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Starts a program beside this file in a second Deno. */
  static deno(program: string, ...args: string[]): Peer {
    const path = fileURLToPath(new URL(program, import.meta.url));
    // Deno keeps its code cache in a database: a peer that is killed would keep all others waiting for it.
    const options = ["--quiet", "--no-check", "--no-code-cache", "--allow-read", "--allow-write", "--allow-sys"];
    return new Peer(Deno.execPath(), ["run", ...options, path, ...args]);
  }

  /** Starts a Python program. */
  static python(program: string, ...args: string[]): Peer {
    return new Peer("python3", ["-u", "-c", program, ...args]);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Sends a line and waits for the answer. */
  async ask(line: string): Promise<string> {
    await this.tell(line);
    return await this.answer();
  }

  /** Sends a line. */
  async tell(line: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Waits for the next line it prints. */
  async answer(): Promise<string> {
    while (!this.#read.includes("\n")) {
      const { value, done } = await this.#reader.read();
      assert(!done, "the other process has ended");
      this.#read += value;
    }
    const end = this.#read.indexOf("\n");
    const line = this.#read.slice(0, end);
    this.#read = this.#read.slice(end + 1);
    return line;
  }

  /** Kills it, as a power cut would. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#end();
  }

  async #end(): Promise<void> {
    await this.#process.status;
    await this.#reader.cancel();
    await this.#writer.abort().catch(() => {});
  }
}
