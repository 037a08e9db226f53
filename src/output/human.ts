import type {
  BackupCreated,
  BackupEntry,
  BackupPlanned,
  Checked,
  EngineEvent,
  Listed,
  Replacement,
  Restored,
} from "../engine/protocol.ts";
import type { BackupError } from "../errors.ts";
import { type Palette, PLAIN } from "./color.ts";
import {
  formatCount,
  formatMinute,
  formatPlural,
  formatSeconds,
  formatSize,
  formatTable,
  formatTime,
  savedShare,
  stripControls,
} from "./format.ts";
import type { Loudness, Outcome, Reporter, Streams } from "./reporter.ts";

/** Plain text for a person. */
export class HumanReporter implements Reporter {
  readonly #streams: Streams;
  readonly #loudness: Loudness;
  readonly #palette: Palette;

  constructor(streams: Streams, loudness: Loudness, palette: Palette = PLAIN) {
    this.#streams = streams;
    this.#loudness = loudness;
    this.#palette = palette;
  }

  event(event: EngineEvent): void {
    if (event.kind !== "warning" || this.#loudness.quiet) return;
    this.#streams.err(`${this.#palette.warning("Warning:")} ${stripControls(event.message)}\n`);
  }

  result(outcome: Outcome): void {
    switch (outcome.kind) {
      case "created":
        return this.#backedUp(outcome);
      case "planned":
        return this.#backupPlanned(outcome);
      case "restored":
        return this.#restored(outcome);
      case "checked":
        return this.#checked(outcome);
      case "listed":
        return this.#listed(outcome);
    }
  }

  failed(error: BackupError): void {
    this.#streams.err(`${this.#palette.error("Error:")} ${stripControls(error.message)}\n`);
    if (error.hint !== null) this.#streams.err(`${stripControls(error.hint)}\n`);
    if (this.#loudness.verbose > 1 && error.stack !== undefined) this.#streams.err(stripLines(error.stack) + "\n");
  }

  #backedUp(result: BackupCreated): void {
    const saved = Math.round(savedShare(result.databaseSize, result.archiveSize, 3) * 100);
    this.#print([
      `Backup created: ${stripControls(result.path)}`,
      `  Database size: ${formatSize(result.databaseSize)}`,
      `  Archive size:  ${formatSize(result.archiveSize)} (${saved}% compression)`,
      `  Files in library: ${formatCount(result.fileCount)}`,
      "  Verified: database intact, archive read back",
    ]);
  }

  #backupPlanned(result: BackupPlanned): void {
    this.#print([
      "Would create backup:",
      `  Database: ${stripControls(result.library)} (${formatSize(result.databaseSize)})`,
      `  Output: ${stripControls(result.path)}`,
      `  Estimated archive size: ~${formatSize(result.estimatedMin)}-${formatSize(result.estimatedMax)}`,
      `  Files in library: ${formatCount(result.fileCount)}`,
      `  Schema version: ${result.schemaVersion}`,
    ]);
  }

  #restored({ replacement, previousLibrary, seconds }: Restored): void {
    const lines = [
      replacement.vpoVersion === null ? "Undo complete." : "Restore complete.",
      `  Database restored to: ${stripControls(replacement.library)}`,
    ];
    if (previousLibrary !== null) {
      lines.push(`  Previous library kept: ${stripControls(previousLibrary)}`, "  Undo with: vpo-backup undo");
    }
    this.#print([...lines, `  Duration: ${formatSeconds(seconds)}`]);
  }

  #checked({ replacement }: Checked): void {
    const isArchive = replacement.vpoVersion !== null;
    this.#print([
      `${isArchive ? "Archive" : "Previous library"} valid: ${stripControls(replacement.source)}`,
      `  ${isArchive ? "Created" : "Last changed"}: ${formatTime(replacement.createdAt)}`,
      ...(isArchive ? [`  VPO version: ${stripControls(replacement.vpoVersion ?? "")}`] : []),
      `  Schema version: ${replacement.schemaVersion} (current: ${replacement.currentSchemaVersion})`,
      `  Database size: ${formatSize(replacement.databaseSize)}`,
      `  Files: ${formatCount(replacement.fileCount)}`,
      "",
      "No changes made (dry run).",
    ]);
  }

  #listed({ directory, entries }: Listed): void {
    const shown = stripControls(directory);
    if (entries.length === 0) {
      this.#streams.out(`No backups found in ${shown}\n\nCreate a backup with: vpo-backup backup\n`);
      return;
    }
    const total = entries.reduce((sum, entry) => sum + entry.archiveSize, 0);
    const lines = [
      `Backups in ${shown}:`,
      "",
      ...tableOf(entries),
      "",
      `Total: ${formatPlural(entries.length, "backup")} (${formatSize(total)})`,
    ];
    this.#streams.out(lines.join("\n") + "\n");
    if (this.#loudness.verbose > 0) this.#explainDamage(entries);
  }

  #explainDamage(entries: readonly BackupEntry[]): void {
    for (const { filename, error } of entries) {
      if (error !== null) this.#streams.err(`${stripControls(filename)}: ${stripControls(error)}\n`);
    }
  }

  #print(lines: readonly string[]): void {
    if (!this.#loudness.quiet) this.#streams.out(lines.join("\n") + "\n");
  }
}

/** What is about to happen to the library, in the words of the question that follows. */
export function describeReplacement(replacement: Replacement): string {
  const isArchive = replacement.vpoVersion !== null;
  const lines = [
    `${isArchive ? "Restoring from" : "Putting back"}: ${stripControls(replacement.source)}`,
    `  ${isArchive ? "Created" : "Last changed"}: ${formatTime(replacement.createdAt)}`,
    `  Files: ${formatCount(replacement.fileCount)}`,
    `  Schema: v${replacement.schemaVersion}`,
  ];
  return lines.join("\n") + "\n";
}

/** The archives as numbered lines to choose from, the newest first. */
export function choices(entries: readonly BackupEntry[]): string[] {
  return entries.map((entry, index) => {
    const facts = entry.metadata === null ? "damaged" : formatPlural(entry.metadata.fileCount, "file");
    const number = `${index + 1}`.padStart(`${entries.length}`.length);
    return `  ${number}  ${formatMinute(entry.createdAt)}  ${formatSize(entry.archiveSize)}  ${facts}`;
  });
}

function tableOf(entries: readonly BackupEntry[]): string[] {
  return formatTable(
    [
      { title: "Filename", align: "left" },
      { title: "Created", align: "left" },
      { title: "Size", align: "right" },
      { title: "Files", align: "right" },
    ],
    entries.map((entry) => [
      stripControls(entry.filename),
      formatMinute(entry.createdAt),
      formatSize(entry.archiveSize),
      entry.metadata === null ? "damaged" : formatCount(entry.metadata.fileCount),
    ]),
  );
}

function stripLines(text: string): string {
  return text.split("\n").map(stripControls).join("\n");
}
