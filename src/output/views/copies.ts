import type { CopyConcern, CopyCondition, Status } from "../../engine/protocol/mod.ts";
import { formatAge, formatIso, stripControls } from "../format.ts";
import type { Document } from "../view.ts";

/** A place for second copies, as a document has it. */
export function copyDocument(
  { concern, directory, state, newest, error, onBackupDisk, free }: CopyCondition,
): Document {
  return {
    directory,
    state,
    newest: newest &&
      { filename: newest.filename, created_at: formatIso(newest.createdAt), age_seconds: newest.ageSeconds },
    concern,
    error,
    on_backup_disk: onBackupDisk,
    free_bytes: free,
  };
}

/** A sentence for each place that has this concern. */
export function copySentence(concern: CopyConcern, { copies, copyMaxAgeSeconds }: Status): string {
  return copies.filter((copy) => copy.concern === concern)
    .map((copy) => sentenceOf(copy, copyMaxAgeSeconds)).join("; ");
}

/** The age of the newest copy in each place where it is young enough. */
export function youngCopies({ copies, copyMaxAgeSeconds }: Status): string[] {
  return copies.filter((copy) => copy.concern === null)
    .map((copy) => sentenceOf(copy, copyMaxAgeSeconds));
}

function sentenceOf({ directory, state, newest, error }: CopyCondition, maxAgeSeconds: number): string {
  const place = `"${stripControls(directory)}"`;
  const away = state === "absent" ? " (its disk is not there)" : "";
  if (state === "unreadable") return `the copies in ${place} cannot be read: ${stripControls(error ?? "")}`;
  if (newest === null) {
    const why = error === null ? "" : `: ${stripControls(error)}`;
    const isKnown = state === "present" || error === null;
    return `${
      isKnown ? "there is no good copy" : "nobody can tell whether there is a good copy"
    } in ${place}${away}${why}`;
  }
  const age = formatAge(Math.max(newest.ageSeconds, 0));
  const limit = newest.ageSeconds > maxAgeSeconds ? `, more than ${formatAge(maxAgeSeconds)}` : "";
  const why = error === null ? "" : `, for ${stripControls(error)}`;
  return `the newest copy in ${place}${away} is ${age} old${limit}${why}`;
}
