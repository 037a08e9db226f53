import { basename } from "node:path";
import type { ErrorCode } from "../../errors.ts";
import { formatPlural, formatSize, milliseconds, pathOf, PIPE, stripControls, textWidth } from "../format.ts";
import type { Verified, VerifiedArchive } from "../outcome.ts";
import type { Paper, View } from "../view.ts";
import { summaryDocument } from "./parts/settings.ts";
import { describeFalseClaims, falseClaimsDocument } from "./parts/false_claims.ts";

const VERDICT_COLUMNS = "unchecked".length;

/** The results of checking archives. */
export const verifiedView: View<Verified> = {
  isAnswer: true,
  document(outcome) {
    const { archives } = outcome;
    const code = codeOf(outcome);
    return {
      error: code === null ? null : summaryOf(archives),
      code,
      quick: outcome.quick,
      total_count: archives.length,
      ok_count: countOf(archives, "ok"),
      warning_count: countOf(archives, "warning"),
      damaged_count: countOf(archives, "damaged"),
      unchecked_count: countOf(archives, "unchecked"),
      backups: archives.map(({ path, archiveSize, verdict, reason, code, hint, facts, unchecked, seconds }) => ({
        filename: basename(path),
        path,
        verdict,
        error: reason,
        code,
        hint,
        unchecked,
        created_at: facts?.createdAt ?? null,
        archive_size_bytes: archiveSize,
        database_size_bytes: facts?.databaseSize ?? null,
        file_count: facts?.fileCount ?? null,
        schema_version: facts?.schemaVersion ?? null,
        settings: summaryDocument(facts?.settings ?? null),
        metadata_say_otherwise: falseClaimsDocument(facts?.falseClaims ?? null),
        duration_seconds: milliseconds(seconds),
      })),
      duration_seconds: milliseconds(outcome.seconds),
    };
  },
  lines: (outcome, paper) => [
    ...outcome.archives.flatMap((archive) => linesOf(archive, paper)),
    ...hintsOf(outcome.archives),
    ...(outcome.archives.length > 1 ? ["", summaryOf(outcome.archives)] : []),
  ],
  verdict: codeOf,
};

/** A line for an archive; on a terminal, a reason that does not fit gets its own line. */
function linesOf(
  { path, verdict, reason, facts, unchecked }: VerifiedArchive,
  { isTerminal, columns, palette }: Paper,
): string[] {
  const word = verdict.padEnd(VERDICT_COLUMNS);
  const name = path === PIPE ? pathOf(path) : stripControls(basename(path));
  const said = [
    ...(facts === null ? [] : [`${formatPlural(facts.fileCount, "file")}, ${formatSize(facts.databaseSize)}`]),
    ...(facts?.settings?.count ? [formatPlural(facts.settings.count, "settings file")] : []),
    ...(facts?.falseClaims ? [describeFalseClaims(facts.falseClaims)] : []),
    ...(reason === null ? [] : [stripControls(reason)]),
    ...unchecked.map(stripControls),
  ].join("; ");
  const shown = verdict === "ok" ? word : verdict === "warning" ? palette.warning(word) : palette.error(word);
  if (!isTerminal || textWidth(`${word}  ${name}  ${said}`) <= columns) return [`${shown}  ${name}  ${said}`];
  return [`${shown}  ${name}`, `${" ".repeat(VERDICT_COLUMNS)}  ${said}`];
}

/** Each hint once: the same problem often affects several archives. */
function hintsOf(archives: readonly VerifiedArchive[]): string[] {
  return [...new Set(archives.flatMap(({ hint }) => hint === null ? [] : [stripControls(hint)]))];
}

function summaryOf(archives: readonly VerifiedArchive[]): string {
  const counts = (["ok", "warning", "damaged", "unchecked"] as const)
    .map((verdict) => ({ verdict, count: countOf(archives, verdict) }))
    .filter(({ verdict, count }) => count > 0 || verdict === "ok");
  const parts = counts.map(({ verdict, count }) =>
    verdict === "warning" ? formatPlural(count, verdict) : `${count} ${verdict}`
  );
  return `${formatPlural(archives.length, "backup")} checked: ${parts.join(", ")}`;
}

/** Damage outranks what could not be checked, which outranks a stale index. */
function codeOf({ archives }: Verified): ErrorCode | null {
  const codes = archives.flatMap(({ code }) => code === null ? [] : [code]);
  if (codes.includes("invalid_archive")) return "invalid_archive";
  return codes.find((code) => code !== "warning") ?? codes[0] ?? null;
}

function countOf(archives: readonly VerifiedArchive[], verdict: VerifiedArchive["verdict"]): number {
  return archives.filter((archive) => archive.verdict === verdict).length;
}
