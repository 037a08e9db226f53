import { join } from "node:path";

/** A directory that is removed with all that is in it at the end of the `using` block. */
export class TemporaryDirectory implements Disposable {
  readonly path = Deno.realPathSync(Deno.makeTempDirSync());

  /** Path of a file in the directory; the file is written where `content` is given. */
  file(name: string, content?: Uint8Array): string {
    const path = join(this.path, name);
    if (content !== undefined) Deno.writeFileSync(path, content);
    return path;
  }

  /** Names of what is in it, sorted. */
  names(): string[] {
    return Array.from(Deno.readDirSync(this.path), ({ name }) => name).sort();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}
