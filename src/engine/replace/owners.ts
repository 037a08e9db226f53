import { dirname } from "node:path";
import { BackupError } from "../../errors.ts";
import { lstatIfPresent } from "../../store/identity.ts";

/**
 * Remembers whose the candidate and its directory are. Who owns the directory above can put another one in its place,
 * also while somebody thinks about a question, but no file or directory of ours. Numbers of files would tell more, but
 * not all file systems keep them.
 *
 * @returns throws where there is something else by now
 */
export function rememberOwners({ action, candidate }: { action: string; candidate: string }): () => void {
  const before = ownersOf(candidate);
  return () => {
    if (ownersOf(candidate) === before) return;
    throw new BackupError(
      "operation_failed",
      `${action}: "${candidate}" is not what was checked any more`,
      "Run it as the user that the library belongs to.",
    );
  };
}

/** A link is neither file nor directory. */
function ownersOf(candidate: string): string {
  const [file, directory] = [lstatIfPresent(candidate), lstatIfPresent(dirname(candidate))];
  return [file?.isFile, file?.uid, directory?.isDirectory, directory?.uid].join();
}
