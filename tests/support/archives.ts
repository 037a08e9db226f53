import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { readArchive } from "../../src/archive/read.ts";
import { writeArchive, type WrittenArchive } from "../../src/archive/write.ts";
import { BackupError } from "../../src/errors.ts";
import type { Metadata } from "../../src/store/metadata.ts";
import { SettingsBundle } from "../../src/store/settings/settings_index.ts";
import { concat } from "./bytes.ts";
import { END, tarMember } from "./tar.ts";
import type { TemporaryDirectory } from "./temporary.ts";

/** Metadata as this program writes them, without the hash. */
export function ownMetadata(databaseSize: number): Metadata {
  return { ...theirMetadata(databaseSize), vpo_version: "vpo-backup 0.1.0", tool: "vpo-backup 0.1.0" };
}

/** Metadata as VPO writes them. */
export function theirMetadata(databaseSize: number): Metadata {
  return {
    vpo_version: "0.2.0",
    schema_version: 27,
    created_at: "2026-02-05T14:30:22Z",
    database_size_bytes: databaseSize,
    file_count: 400,
    total_library_size_bytes: 11_954_045_737_817,
    compression: "gzip",
  };
}

/** Names and contents of settings files. */
export type Settings = Readonly<Record<string, Uint8Array>>;

/** Settings as they are put aside in the work directory; the files have mode 0600 and were all changed at one time. */
export function bundleOf(path: string, settings: Settings): SettingsBundle {
  const bundle = new SettingsBundle(path);
  for (const [name, content] of Object.entries(settings)) {
    bundle.begin({ name, mode: 0o600, modified: 1_770_301_822, size: content.length });
    if (content.length > 0) bundle.write(content);
  }
  return bundle;
}

/** An archive of this program, in a file of `directory`. */
export async function writeOwnArchive(
  directory: TemporaryDirectory,
  database: Uint8Array,
  level = 6,
  settings: Settings | null = null,
): Promise<WrittenArchive & { readonly path: string }> {
  using source = Deno.openSync(directory.file("database", database));
  const path = directory.file("own.tar.gz");
  using archive = Deno.openSync(path, { write: true, create: true, truncate: true });
  if (settings !== null) Deno.removeSync(directory.file("settings", new Uint8Array()));
  using bundle = settings === null ? null : bundleOf(directory.file("settings"), settings);
  return { ...await writeArchive(archive, source, ownMetadata(database.length), { level, settings: bundle }), path };
}

/** The tar stream of an archive as VPO writes it: the database first. */
export function theirTar(database: Uint8Array, metadata: Metadata = theirMetadata(database.length)): Uint8Array {
  return concat(
    tarMember("library.db", database),
    tarMember("backup_metadata.json", new TextEncoder().encode(JSON.stringify(metadata))),
    END,
  );
}

/** The tar stream of VPO's archive in one gzip member. */
export function theirArchive(database: Uint8Array): Uint8Array {
  return gzipSync(theirTar(database));
}

/** What an archive holds. */
export async function readWhole(
  path: string,
): Promise<{ metadata: Metadata; database: Uint8Array; announced: number }> {
  using archive = Deno.openSync(path);
  const chunks: Uint8Array[] = [];
  let announced = -1;
  const sink = {
    begin: (size: number) => void (announced = size),
    write: (chunk: Uint8Array) => void chunks.push(chunk.slice()),
  };
  const metadata = await readArchive(archive, sink, () => {});
  return { metadata, database: concat(...chunks), announced };
}

/** Reads an archive and forgets what is in it. */
export async function readThrough(path: string): Promise<Metadata> {
  using archive = Deno.openSync(path);
  return await readArchive(archive, { begin() {}, write() {} }, () => {});
}

/** For `assert.throws` and `assert.rejects`: an archive is refused, and its message has these words. */
export function refusal(words: RegExp = /^/): (error: unknown) => true {
  return (error) => {
    assert(error instanceof BackupError, `not a BackupError: ${error instanceof Error ? error.stack : error}`);
    assert.equal(error.code, "invalid_archive");
    assert.match(error.message, words);
    return true;
  };
}
