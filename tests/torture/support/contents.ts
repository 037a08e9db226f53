import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { readArchive } from "../../../src/archive/read.ts";
import type { Metadata } from "../../../src/store/metadata.ts";

/** Files that take effect when SQLite opens the database beside them. */
const EFFECTIVE = ["-wal", "-journal"] as const;

/** Fields of a database's header that differ between copies with the same content: offset and length in bytes. */
const HISTORY_FIELDS = [[18, 2], [24, 4], [40, 4], [92, 8]] as const;

/** Tells libraries apart by what SQLite shows of them, whatever state their files are in. */
export class Contents {
  readonly #directory: string;
  readonly #known = new Map<string, string>();
  #scratch = 0;

  /** @param directory where copies are looked into */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Digest of all that is in a library as whoever opens it next finds it: with its write-ahead log, its unfinished
   * transaction rolled back. The library itself is not opened. Throws where `integrity_check` finds something.
   *
   * @param without SQL that takes out of the copy what is not to be told apart
   */
  of(library: string, without = ""): string {
    const key = without + digestOfFiles([library, ...EFFECTIVE.map((suffix) => library + suffix)]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const copy = join(this.#directory, `content-${this.#scratch++}.db`);
    try {
      for (const suffix of ["", "-shm", ...EFFECTIVE]) copyIfPresent(library + suffix, copy + suffix);
      const content = digestOfContent(copy, without);
      this.#known.set(key, content);
      return content;
    } finally {
      for (const suffix of ["", "-shm", ".whole", ...EFFECTIVE]) removeIfPresent(copy + suffix);
    }
  }

  /** The first column of what this query gives of a library, which is not opened itself. */
  query(library: string, sql: string): unknown[] {
    const copy = join(this.#directory, `content-${this.#scratch++}.db`);
    try {
      for (const suffix of ["", "-shm", ...EFFECTIVE]) copyIfPresent(library + suffix, copy + suffix);
      const database = new DatabaseSync(copy);
      try {
        return database.prepare(sql).all().map((row) => Object.values(row)[0]);
      } finally {
        database.close();
      }
    } finally {
      for (const suffix of ["", "-shm", ...EFFECTIVE]) removeIfPresent(copy + suffix);
    }
  }

  /** The same of the library in an archive, which is read to its end and held against its metadata. */
  async ofArchive(archive: string): Promise<string> {
    const copy = join(this.#directory, `archive-${this.#scratch++}.db`);
    try {
      const { database_sha256, database_size_bytes } = await extractDatabase(archive, copy);
      const bytes = Deno.readFileSync(copy);
      assert.equal(bytes.length, database_size_bytes, `${archive}: size of the library in it`);
      if (database_sha256 !== undefined) {
        assert.equal(createHash("sha256").update(bytes).digest("hex"), database_sha256, `${archive}: its hash`);
      }
      return this.of(copy);
    } finally {
      removeIfPresent(copy);
    }
  }
}

/** Writes the database of an archive to `path`, which must be free. */
export async function extractDatabase(archive: string, path: string): Promise<Metadata> {
  using file = Deno.openSync(archive);
  using database = Deno.openSync(path, { write: true, createNew: true });
  const sink = {
    begin() {},
    write(chunk: Uint8Array) {
      for (let at = 0; at < chunk.length;) at += database.writeSync(chunk.subarray(at));
    },
  };
  return await readArchive(file, sink, () => {});
}

/** SHA-256 of files end to end; one that is missing is not the same as an empty one, except for a log. */
export function digestOfFiles(paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) {
    const bytes = readIfPresent(path);
    hash.update(bytes === null || bytes.length === 0 ? "none" : `${bytes.length} `);
    if (bytes !== null) hash.update(bytes);
  }
  return hash.digest("hex");
}

/** Copies a file with its side files, as they are at this moment: what a power cut would leave. */
export function copyLibrary(from: string, to: string): void {
  for (const suffix of ["", "-shm", ...EFFECTIVE]) copyIfPresent(from + suffix, to + suffix);
}

export function removeIfPresent(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** VACUUM writes a database with the same content always the same way. */
function digestOfContent(library: string, without: string): string {
  const database = new DatabaseSync(library);
  try {
    const findings = database.prepare("PRAGMA integrity_check").all().map((row) => Object.values(row)[0]);
    assert.deepEqual(findings, ["ok"], `${library} is damaged`);
    database.exec(without);
    database.exec(`VACUUM INTO '${library.replaceAll("'", "''")}.whole'`);
  } finally {
    database.close();
  }
  const bytes = Deno.readFileSync(`${library}.whole`);
  for (const [at, length] of HISTORY_FIELDS) bytes.fill(0, at, at + length);
  return createHash("sha256").update(bytes).digest("hex");
}

function readIfPresent(path: string): Uint8Array | null {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function copyIfPresent(from: string, to: string): void {
  try {
    copyFile(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Copies a file, with its mode where the file system has modes. */
export function copyFile(from: string, to: string): void {
  try {
    Deno.copyFileSync(from, to);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw error;
    Deno.writeFileSync(to, Deno.readFileSync(from));
  }
}
