import { identityFrom, lstatIfPresent } from "../store/identity.ts";
import { GivenFile } from "../store/open_file.ts";
import { PRIVATE_FILE } from "../store/private_file.ts";
import { currentUser } from "../store/user.ts";

const GROUP_READ = 0o040;
const OTHERS_READ = 0o004;
const ALL_READ = GROUP_READ | OTHERS_READ;

/**
 * Lets those read a new private file who could read the one that it is to replace, and nobody else. Whoever may read
 * through an access-control list cannot be told from the group, so a file for the group alone stays that only if
 * somebody gave it to another group than new files have there.
 *
 * @param path the file that is replaced, if there is one; only one of this user's own shows who is meant to read it
 * @param made the new one, which this run has made
 * @param identity that of the new one, whatever has its name by now
 */
export function keepReaders(path: string, made: string, identity: string | null): void {
  const old = lstatIfPresent(path);
  if (old?.isFile !== true || old.uid === null || old.uid !== currentUser()) return;
  const read = (old.mode ?? 0) & ALL_READ;
  if (read === 0) return;
  try {
    using file = new GivenFile(made);
    const { facts } = file;
    if (identity === null || identityFrom(facts) !== identity) return;
    if (read === ALL_READ) return file.setMode(PRIVATE_FILE | ALL_READ);
    if (read !== GROUP_READ || old.gid === null || old.gid === facts.gid) return;
    file.giveTo(old.uid, old.gid);
    file.setMode(PRIVATE_FILE | GROUP_READ);
  } catch {
    // This user is not in that group, or the file system keeps no modes: then it stays private.
  }
}
