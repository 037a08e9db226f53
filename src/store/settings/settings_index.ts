import { createHash, type Hash } from "node:crypto";
import { fillAt, writeAll } from "../file_bytes.ts";
import { createPrivateFile } from "../private_file.ts";

/** What an archive says of a settings file ahead of its bytes. */
export interface SettingsHead {
  /** Without `settings/`: `config.toml`, `policies/movies.yaml`. */
  readonly name: string;
  /** Its mode: no more than the lowest nine bits. */
  readonly mode: number;
  /** Modification time, in whole seconds since 1970. */
  readonly modified: number;
  /** In bytes. */
  readonly size: number;
}

/** A settings file whose bytes are known. */
export interface SettingsEntry extends SettingsHead {
  /** Its offset among the bytes of all of them, which follow each other without a gap. */
  readonly offset: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** Receives the settings of an archive while it is read, before the library. */
export interface SettingsSink {
  /** A file begins; the one before it has ended. Its name has been checked. */
  begin(head: SettingsHead): void;
  /** The next bytes of it; the chunk is valid during the call only. */
  write(chunk: Uint8Array): void;
}

/** An index of settings with the hash of each, but not their bytes. */
export class SettingsIndex implements SettingsSink {
  readonly entries: SettingsEntry[] = [];
  #current: { readonly head: SettingsHead; readonly hash: Hash; remaining: number } | null = null;
  #end = 0;

  begin(head: SettingsHead): void {
    if (this.#current !== null) throw new Error(`"${this.#current.head.name}" has not ended`);
    this.#current = { head, hash: createHash("sha256"), remaining: head.size };
    this.write(new Uint8Array());
  }

  write(chunk: Uint8Array): void {
    const current = this.#current;
    if (current === null || chunk.length > current.remaining) {
      if (chunk.length > 0) throw new Error("there are more bytes than were announced");
      return;
    }
    current.hash.update(chunk);
    current.remaining -= chunk.length;
    if (current.remaining > 0) return;
    this.entries.push({ ...current.head, offset: this.#end, sha256: current.hash.digest("hex") });
    this.#end += current.head.size;
    this.#current = null;
  }

  /** Drops the file that began last, which is not to be included after all. */
  takeBack(): void {
    if (this.#current === null) this.#end -= this.entries.pop()?.size ?? 0;
    this.#current = null;
  }

  /** Total size, in bytes. */
  get totalBytes(): number {
    return this.#end;
  }
}

/** Settings and their bytes, one after the other, in one file of the work directory. */
export class SettingsBundle implements SettingsSink, Disposable {
  readonly #index = new SettingsIndex();
  readonly #file: Deno.FsFile;

  /** @param path of a new file in the work directory */
  constructor(path: string) {
    this.#file = createPrivateFile(path);
  }

  /** In the order in which they came. */
  get entries(): readonly SettingsEntry[] {
    return this.#index.entries;
  }

  get totalBytes(): number {
    return this.#index.totalBytes;
  }

  begin(head: SettingsHead): void {
    this.#file.seekSync(this.#index.totalBytes, Deno.SeekMode.Start);
    this.#index.begin(head);
  }

  write(chunk: Uint8Array): void {
    writeAll(this.#file, chunk);
    this.#index.write(chunk);
  }

  /** Drops the file that began last, whether or not it has ended; the next one takes its place. */
  takeBack(): void {
    this.#index.takeBack();
  }

  /** All bytes of one. */
  read({ name, offset, size, sha256 }: SettingsEntry): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(size);
    const length = fillAt(this.#file, offset, bytes);
    if (length !== size || createHash("sha256").update(bytes).digest("hex") !== sha256) {
      throw new Error(`the settings file "${name}" is not what was put aside`);
    }
    return bytes;
  }

  /** Fills `buffer` with the bytes of all of them from `offset` on. */
  fill(offset: number, buffer: Uint8Array): void {
    if (fillAt(this.#file, offset, buffer) !== buffer.length) throw new Error("settings that were put aside are gone");
  }

  /** Gives the space of all of them back; they cannot be used any more. */
  clear(): void {
    this.#file.truncateSync(0);
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
