import { BackupError } from "../errors.ts";
import { type Metadata, parseMetadata, type SettingsSummary } from "../store/metadata.ts";
import type { SettingsHead, SettingsSink } from "../store/settings/settings_index.ts";
import { BLOCK_CONTENT_BYTES } from "./block.ts";
import { TAR_TAIL } from "./tar/tar_frame.ts";
import { TarReader, type TarSink } from "./tar/tar_reader.ts";

/** Receives what an archive holds while it is read. */
export interface ArchiveSink {
  /** The database begins and is `size` bytes long; in archives of this program the metadata are already known. */
  begin(size: number, metadata: Metadata | null): void;
  /** The next bytes of it; the chunk is valid during the call only. */
  write(chunk: Uint8Array): void;
  /** Receives the settings, which come before the database. */
  readonly settings?: SettingsSink | undefined;
}

/** Splits the tar stream of an archive, and makes sure that its content is what its metadata say. */
export class MemberParts {
  readonly #sink: ArchiveSink;
  readonly #maxDatabase: number;
  readonly #tar: TarReader;
  #metadata: Metadata | null = null;
  readonly #settings = { count: 0, bytes: 0 };
  /** Size of the database in bytes; null before it begins. */
  #size: number | null = null;
  /** Bytes of the database received so far. */
  #done = 0;
  /** Blocks of the settings received so far, and what the next block of the archive has to be. */
  #settingsBlocks = 0;
  #next: "metadata" | "settings" | "header" | "database" | "end mark" | "nothing" = "metadata";
  /** Bytes of the database received before the block that was read last. */
  #doneBefore = 0;

  /** @param maxDatabase no archive of this size can hold a larger database, in bytes */
  constructor(sink: ArchiveSink, maxDatabase: number) {
    this.#sink = sink;
    this.#maxDatabase = maxDatabase;
    this.#tar = new TarReader(this.#members());
  }

  /**
   * Takes the next bytes of the tar stream.
   *
   * @throws {BackupError} `invalid_archive`
   */
  push(chunk: Uint8Array): void {
    this.#tar.push(chunk);
  }

  /**
   * Ends the stream, and returns the metadata.
   *
   * @throws {BackupError} `invalid_archive`, where something is missing
   */
  end(): Metadata {
    this.#tar.end();
    return this.metadata;
  }

  /** @throws {BackupError} `invalid_archive`, where they have not come */
  get metadata(): Metadata {
    if (this.#metadata === null) throw damaged("its metadata is missing");
    return this.#metadata;
  }

  /**
   * Makes sure that the block that was read last is cut in the one canonical way: the metadata in a block of their own,
   * then the settings in full blocks, except the last, the header of the database in another, the database in full
   * blocks, except the last, and tar's end mark.
   *
   * @param length of its content, in bytes
   * @throws {BackupError} `invalid_archive`
   */
  requireCut(length: number): void {
    if (length === 0 || !this.#isCut(length)) throw damaged("its blocks are cut wrongly");
    this.#doneBefore = this.#done;
  }

  #isCut(length: number): boolean {
    const isFull = length === BLOCK_CONTENT_BYTES;
    switch (this.#next) {
      case "metadata":
        this.#next = this.#summary.blocks > 0 ? "settings" : "header";
        return this.#tar.isBetweenMembers && this.#settings.count === 0 && this.#size === null;
      case "settings": {
        this.#settingsBlocks++;
        if (this.#settingsBlocks < this.#summary.blocks) return isFull && this.#size === null;
        this.#next = "header";
        return this.#tar.isBetweenMembers && this.#hasAllSettings && this.#size === null;
      }
      case "header":
        this.#next = "database";
        return this.#size !== null && this.#done === 0;
      case "database":
        if (this.#done === this.#size) this.#next = "end mark";
        return this.#done === this.#doneBefore + length && (isFull || this.#done === this.#size);
      case "end mark":
        this.#next = "nothing";
        return length === TAR_TAIL.length;
      case "nothing":
        return false;
    }
  }

  #members(): TarSink {
    return {
      metadata: (bytes) => this.#metadata = parseMetadata(bytes),
      settings: {
        begin: (head) => this.#beginSettings(head),
        write: (chunk) => this.#sink.settings?.write(chunk),
      },
      database: (size) => {
        if (!this.#hasAllSettings) throw damaged("some of its settings are missing");
        if (size > this.#maxDatabase) throw damaged("the size that it states for the library is impossible");
        this.#size = size;
        this.#sink.begin(size, this.#metadata);
      },
      data: (chunk) => {
        this.#done += chunk.length;
        this.#sink.write(chunk);
      },
    };
  }

  #beginSettings(head: SettingsHead): void {
    this.#settings.count++;
    this.#settings.bytes += head.size;
    const { count, total_bytes } = this.#summary;
    if (this.#settings.count > count || this.#settings.bytes > total_bytes) {
      throw damaged("it holds settings that its metadata do not mention");
    }
    this.#sink.settings?.begin(head);
  }

  get #hasAllSettings(): boolean {
    return this.#settings.count === this.#summary.count && this.#settings.bytes === this.#summary.total_bytes;
  }

  /** What the metadata say of the settings. */
  get #summary(): SettingsSummary {
    return this.#metadata?.settings ?? NO_SETTINGS;
  }
}

/** The summary for an archive without settings, such as VPO's. */
const NO_SETTINGS: SettingsSummary = { count: 0, total_bytes: 0, blocks: 0 };

function damaged(why: string): BackupError {
  return new BackupError("invalid_archive", `the archive is damaged: ${why}`);
}
