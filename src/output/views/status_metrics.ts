import type { Concern, CopyCondition, Status } from "../../engine/protocol/mod.ts";
import { stripControls } from "../format.ts";

/** How serious a concern is. */
export type Level = "ok" | "warning" | "critical";

/** One value of a metric. */
interface Sample {
  /** Labels: where it was measured, and what distinguishes it from others of the same metric. */
  readonly labels: Readonly<Record<string, string>>;
  /** Null where it is not known: then the sample is left out. */
  readonly value: number | boolean | null;
}

const SEVERITIES: readonly Level[] = ["ok", "warning", "critical"];
const MS_PER_SECOND = 1000;

/**
 * The state of the backups, for Prometheus. An age would be as stale as the file that contains it, so the time of the
 * newest good backup is given instead, and the time of the check.
 *
 * @param levels how serious each possible concern is: each is a sample of its own, 0 while there is no such concern
 */
export function statusMetrics(status: Status, level: Level, levels: Readonly<Record<Concern, Level>>): string[] {
  const { newest, library } = status;
  const here = { place: status.directory };
  const at = (value: Sample["value"]): Sample[] => [{ labels: here, value }];
  const problems = Object.entries(levels).map(([problem, level]): Sample => ({
    labels: { ...here, problem, level },
    value: status.concerns.some((concern) => concern === problem),
  }));
  return [
    ...gauge("vpo_backup_status", "How the backups are: 0 ok, 1 warning, 2 critical.", at(SEVERITIES.indexOf(level))),
    ...gauge("vpo_backup_problem", "1 for what is wrong with the backups, 0 for what could be.", problems),
    ...gauge(
      "vpo_backup_checked_timestamp_seconds",
      "When the backups were looked at, in Unix time.",
      at(unixTime(status.checkedAt)),
    ),
    ...gauge(
      "vpo_backup_newest_timestamp_seconds",
      "When the newest good backup was made, in Unix time.",
      at(newest === null ? null : unixTime(newest.createdAt)),
    ),
    ...gauge(
      "vpo_backup_unchanged_timestamp_seconds",
      "When the library was last found to be as it is in the newest good backup, in Unix time.",
      at(newest?.unchangedAt == null ? null : unixTime(newest.unchangedAt)),
    ),
    ...gauge(
      "vpo_backup_max_age_seconds",
      "How old the newest good backup may be.",
      at(status.maxAgeSeconds),
    ),
    ...gauge("vpo_backup_newest_archive_bytes", "Size of the newest good backup.", at(newest?.archiveSize ?? null)),
    ...gauge(
      "vpo_backup_newest_database_bytes",
      "Size of the library in the newest good backup.",
      at(newest?.databaseSize ?? null),
    ),
    ...gauge(
      "vpo_backup_newest_files",
      "Media files that the library in the newest good backup knows.",
      at(newest?.fileCount ?? null),
    ),
    ...gauge("vpo_backup_archives", "Backups in the directory, damaged ones included.", at(status.count)),
    ...gauge(
      "vpo_backup_archives_unusable",
      "Backups that cannot be used, of the newest ones down to the newest good one.",
      [
        { labels: { ...here, fault: "damaged" }, value: status.damagedCount },
        { labels: { ...here, fault: "unreadable" }, value: status.unreadableCount },
      ],
    ),
    ...gauge("vpo_backup_archives_bytes", "Size of all backups together.", at(status.totalSize)),
    ...gauge("vpo_backup_free_bytes", "Space that is free in the backup directory.", at(status.free)),
    ...gauge("vpo_backup_needed_bytes", "Space that two more backups need.", at(status.needed)),
    ...gauge(
      "vpo_backup_on_library_disk",
      "1 where the backups are on the library's own disk, else 0.",
      at(status.onLibraryDisk),
    ),
    ...gauge(
      "vpo_backup_library_readable",
      "1 where the library can be read, 0 where it is missing or cannot.",
      at(library.state === "out_of_reach" ? null : library.state === "found"),
    ),
    ...gauge(
      "vpo_backup_library_changed",
      "1 where the library is seen to have changed since the newest good backup, else 0.",
      at(library.isSeenToDiffer),
    ),
    ...copyMetrics(status),
    ...gauge("vpo_backup_library_files", "Media files that the library knows now.", at(library.fileCount)),
  ];
}

/** Likewise for each place that copies go into. */
function copyMetrics({ copies, copyMaxAgeSeconds }: Status): string[] {
  if (copies.length === 0) return [];
  const each = (valueOf: (copy: CopyCondition) => Sample["value"]) =>
    copies.map((copy): Sample => ({ labels: { place: copy.directory }, value: valueOf(copy) }));
  return [
    ...gauge(
      "vpo_backup_copy_place_present",
      "1 where a place for copies is there, 0 where its disk is not.",
      each(({ state }) => state !== "absent"),
    ),
    ...gauge(
      "vpo_backup_copy_problem",
      "1 where something is wrong with the copies in a place, else 0.",
      each(({ concern }) => concern !== null),
    ),
    ...gauge(
      "vpo_backup_copy_newest_timestamp_seconds",
      "When the backup was made whose copy is the newest good one there, in Unix time.",
      each(({ newest }) => newest === null ? null : unixTime(newest.createdAt)),
    ),
    ...gauge("vpo_backup_copy_max_age_seconds", "How old the newest copy may be.", each(() => copyMaxAgeSeconds)),
    ...gauge("vpo_backup_copy_free_bytes", "Space that is free in a place for copies.", each(({ free }) => free)),
  ];
}

function unixTime(iso: string): number {
  return Math.floor(Date.parse(iso) / MS_PER_SECOND);
}

/**
 * A gauge with its samples in the text format of Prometheus; nothing where no value is known.
 *
 * Source: prometheus.io, "Exposition formats".
 */
function gauge(name: string, help: string, samples: readonly Sample[]): string[] {
  const lines = samples.flatMap(({ labels, value }) =>
    value === null ? [] : [`${name}${formatLabels(labels)} ${Number(value)}`]
  );
  return lines.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines];
}

function formatLabels(labels: Sample["labels"]): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** The value of a label: line breaks count as control characters and are replaced by a visible sign. */
function escaped(value: string): string {
  return stripControls(value).replace(/[\\"]/g, "\\$&");
}
