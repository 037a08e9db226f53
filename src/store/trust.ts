import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { ROOT } from "./user.ts";

/** Who, besides this user and root, can swap what is in a directory. */
export type Renamers =
  /** Nobody. */
  | "nobody"
  /** Others; but the directory is this user's own, who may have intended that. */
  | "others in our own"
  /** One other user, who owns it or an ancestor. */
  | "its owner"
  | "others";

const GROUP_WRITES = 0o020;
const ALL_WRITE = 0o002;
/** The bit of a directory's mode that keeps users from renaming and removing each other's files in it. */
export const STICKY = 0o1000;

/**
 * Who can rename what is in `directory`, the directory itself, or an ancestor. A name in such a place may lead
 * elsewhere at any moment.
 *
 * @param directory a real path
 * @param user null where users have no IDs: then nobody can
 */
export function renamersIn(directory: string, user: number | null): Renamers {
  if (user === null) return "nobody";
  const roots = rootUsers();
  const owners = new Set<number>();
  let isOpenedByUs = false;
  for (const path of upwards(directory)) {
    const info = statAncestor(path);
    if (info === null || info.uid === null) continue;
    if (info.uid !== user && !roots.has(info.uid)) owners.add(info.uid);
    if (!isOpen(info)) continue;
    if (info.uid !== user || user === ROOT) return "others";
    isOpenedByUs = true;
  }
  if (owners.size > 1) return "others";
  if (owners.size === 1) return "its owner";
  return isOpenedByUs ? "others in our own" : "nobody";
}

/**
 * File systems that may have one mode for all files, set when they are mounted. Numbers of statfs(2): FAT, exFAT, NTFS
 * (two), FUSE, SMB (two).
 */
const ONE_MODE = new Set([0x4d44, 0x2011bab0, 0x7366746e, 0x5346544e, 0x65735546, 0xff534d42, 0xfe534d42]);

/** Whether only the mount options, not `chmod`, may close a directory to others. */
export function mayHaveOneMode(directory: string): boolean {
  try {
    return Deno.build.os === "linux" && ONE_MODE.has(Number(statfsSync(directory).type) >>> 0);
  } catch {
    // Only a hint depends on it.
    return false;
  }
}

/**
 * Whether others may write there. A group with the owner's ID is the owner's own, which many systems make for each
 * user.
 */
function isOpen({ mode, uid, gid }: Deno.FileInfo): boolean {
  if (mode === null || (mode & STICKY) !== 0) return false;
  return (mode & ALL_WRITE) !== 0 || (mode & GROUP_WRITES) !== 0 && gid !== uid;
}

/** IDs of root: in a container the host's root may have another ID, that of the owner of everything. */
export function rootUsers(): ReadonlySet<number> {
  return new Set([ROOT, statAncestor("/")?.uid ?? ROOT]);
}

/** Null where the sandbox does not let it be examined: whoever made it so narrow answers for that. */
function statAncestor(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch {
    return null;
  }
}

function* upwards(directory: string): Generator<string> {
  for (let path = directory;; path = dirname(path)) {
    yield path;
    if (dirname(path) === path) return;
  }
}
