import { statfsSync } from "node:fs";
import { basename, join } from "node:path";
import { readAt } from "./file_bytes.ts";
import { tryLock } from "./file_lock.ts";
import { isAbsence, lstatIfPresent } from "./identity.ts";
import { isOutputFileName, isWorkDirectoryName, outputKind } from "./naming.ts";
import { openOwn } from "./private_file.ts";
import { removeIfPresent } from "./publish.ts";
import { SETTING_BITS } from "./settings/settings_file.ts";
import { renamersIn } from "./trust.ts";
import { holdsOnlyOurs, lockIn, removeUnderLock, removeWorkDirectory } from "./work_directory.ts";

/** What a run has left behind: a work directory, or the output file that it was writing. */
export interface Leftover {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Whether its run is known to have ended; where that cannot be told, it is never removed. */
  readonly isSure: boolean;
}

/** A directory or file that this run has just made: files of other runs look like it, and its time is the disk's. */
export type Sample = Pick<Deno.FileInfo, "uid" | "mode" | "mtime">;

/** A directory without a lock belongs to a run in its first moments, or to one killed in them, in milliseconds. */
const NEW_GRACE_MS = 60_000;
/** Without locks, a run that has not touched its files for this long is dead, in milliseconds. */
const QUIET_MS = 24 * 3600 * 1000;
/** The same for files that are there for a moment only: small ones, written in one step, and claims. */
const MOMENT_MS = 10 * 60 * 1000;

/**
 * File systems that other machines, or programs in between, may have a hand in: a lock that is free here may be held
 * there. Numbers of statfs(2).
 */
const SHARED = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // SMB: CIFS
  0xfe534d42, // SMB 2
  0x65735546, // FUSE
  0x01021997, // 9P
  0x00c36400, // Ceph
  0x5346414f, // AFS
  0x6b414653, // AFS: kAFS
  0x73757245, // Coda
  0x564c, // NCP
  0x786f4256, // VirtualBox: vboxsf
  0xbacbacbc, // VMware: vmhgfs
  0x7c7c6673, // Parallels: prl_fs
  0x53464846, // WSL 1
  0x0bd00bd0, // Lustre
  0x19830326, // BeeGFS
  0x01161970, // GFS2
  0x7461636f, // OCFS2
  0x47504653, // GPFS
]);

/**
 * Removes the work directories that killed runs have left in `directory`, never those of a live run, and none unless
 * everything about it is ours: name, kind, owner, mode and content.
 *
 * @param own path of the work directory of this run, or of a file that it has made
 * @returns those that were removed
 */
export function removeLeftovers(directory: string, own: string, user: number | null): Leftover[] {
  return findLeftovers(directory, own, user).filter(({ isSure }) => isSure).filter(({ path }) => removeDead(path));
}

/** Work directories that runs have left in `directory`. Nothing is removed. */
export function findLeftovers(directory: string, own: string, user: number | null): Leftover[] {
  const sample = Deno.lstatSync(own);
  const surroundings = { isSafe: renamersIn(directory, user) === "nobody", isShared: isShared(directory) };
  return namesIn(directory, isWorkDirectoryName).map((name) => join(directory, name))
    .filter((path) => path !== own && isDirectoryLike(path, sample))
    .flatMap((path) => judge(path, sample, surroundings));
}

/**
 * Removes the output files that killed runs have left in `directory`.
 *
 * @param own a file that this run has made in it
 * @param dead paths of work directories whose runs are known to be dead
 */
export function removeOutputLeftovers(directory: string, own: string, dead: readonly string[]): string[] {
  const removed = surelyDead(findOutputLeftovers(directory, own, dead));
  for (const path of removed) removeIfPresent(path);
  return removed;
}

/** Paths of the leftovers whose runs are known to have ended. */
export function surelyDead(leftovers: readonly Leftover[]): string[] {
  return leftovers.filter(({ isSure }) => isSure).map(({ path }) => path);
}

/** Output files that runs have left in `directory`. Nothing is removed. */
export function findOutputLeftovers(directory: string, own: string, dead: readonly string[] = []): Leftover[] {
  const sample = Deno.lstatSync(own);
  const runs = dead.map((work) => basename(work));
  const isOfDead = (name: string) => runs.some((run) => name.startsWith(`${run}.`));
  return namesIn(directory, (name) => isOutputFileName(name) || CLAIM_NAME.test(name)).flatMap((name) => {
    const path = join(directory, name);
    const info = lstatIfPresent(path);
    if (path === own || info === null || !isOutputLike(name, info, sample)) return [];
    const run = isOutputFileName(name) ? name : claimantOf(path);
    // Without content, only its name says that it is a claim of ours.
    if (!isOutputFileName(run) && !(run === "" && EMPTY_CLAIM_NAME.test(name))) return [];
    const isSure = age(info.mtime, sample) > quietOf(name) || isOfDead(run);
    return [{ path, size: info.size, isSure }];
  });
}

/** A claim to a name, which a run holds for a moment. */
const CLAIM_NAME = /^\..+\.claim$/;
/** The same to the name of an archive, a marker, a trial, or a library in use or set aside. */
const EMPTY_CLAIM_NAME = /^\.(.+\.tar\.gz|\.vpo-backup-.+|library\.db|.+\.before-restore-.+)\.claim$/;
const MAX_CLAIM_BYTES = 64;

/** How long a run that is alive may leave such a file untouched, in milliseconds. */
function quietOf(name: string): number {
  return outputKind(name) === "tar.gz" ? QUIET_MS : MOMENT_MS;
}

/** The name of the file that a claim was made for; empty where it cannot be read. */
function claimantOf(claim: string): string {
  try {
    using file = openOwn(claim);
    return new TextDecoder().decode(readAt(file, 0, MAX_CLAIM_BYTES));
  } catch {
    return "";
  }
}

function namesIn(directory: string, isMeant: (name: string) => boolean): string[] {
  return Array.from(Deno.readDirSync(directory), ({ name }) => name).filter(isMeant).sort();
}

function isDirectoryLike(path: string, { uid, mode }: Sample): boolean {
  const info = lstatIfPresent(path);
  return info !== null && info.isDirectory && info.uid === uid && info.mode === mode;
}

const ROOT = 0;
const MODE_BITS = 0o7777;

/**
 * A marker may be read by all. A settings file has owner and mode of the one that it is to replace for the moment before
 * it does.
 */
function isOutputLike(name: string, { isFile, uid, mode }: Deno.FileInfo, sample: Sample): boolean {
  const kind = outputKind(name);
  const isPublic = kind === "setting" || kind === "place";
  const hasMode = mode === sample.mode || isPublic && ((mode ?? 0) & MODE_BITS & ~SETTING_BITS) === 0;
  return isFile && hasMode && (uid === sample.uid || kind === "setting" && sample.uid === ROOT);
}

interface Surroundings {
  /** Nobody else can swap what is found here. */
  readonly isSafe: boolean;
  /** Other machines may be at work here. */
  readonly isShared: boolean;
}

function judge(path: string, sample: Sample, { isSafe, isShared }: Surroundings): Leftover[] {
  try {
    if (!holdsOnlyOurs(path)) return [];
    const { size, newest } = measure(path);
    const lock = lockState(path);
    if (lock === "held" || lock === "missing" && age(newest, sample) <= NEW_GRACE_MS) return [];
    if ((isShared || lock === "unknown") && age(newest, sample) <= QUIET_MS) return [];
    return [{ path, size, isSure: isSafe && lock !== "unknown" }];
  } catch (error) {
    if (isOutOfReach(error)) return [];
    throw error;
  }
}

function lockState(path: string): "free" | "held" | "missing" | "unknown" {
  if (lstatIfPresent(lockIn(path)) === null) return "missing";
  const attempt = tryLock(lockIn(path));
  if (attempt.state !== "locked") return attempt.state;
  attempt.file.close();
  return "free";
}

/** Removes it under its lock; another run that cleans up may be faster. */
function removeDead(path: string): boolean {
  try {
    const attempt = tryLock(lockIn(path));
    if (attempt.state === "held") return false;
    if (attempt.state === "locked") removeUnderLock(path, attempt.file);
    else removeWorkDirectory(path);
    return true;
  } catch (error) {
    if (isOutOfReach(error)) return false;
    throw error;
  }
}

/** Windows' errors for what another process has open or is removing. */
const IN_OTHER_HANDS = /\(os error (32|145|303)\)/;

/** Whether it is being removed, or only its owner can look into it: a later run will find it. */
function isOutOfReach(error: unknown): boolean {
  if (isAbsence(error) || error instanceof Deno.errors.PermissionDenied) return true;
  return Deno.build.os === "windows" && error instanceof Error && IN_OTHER_HANDS.test(error.message);
}

function measure(path: string): { size: number; newest: Date | null } {
  const infos = Array.from(Deno.readDirSync(path), ({ name }) => lstatIfPresent(join(path, name)));
  infos.push(lstatIfPresent(path));
  const times = infos.map((info) => info?.mtime?.getTime() ?? 0);
  const size = infos.reduce((sum, info) => sum + (info?.isFile === true ? info.size : 0), 0);
  return { size, newest: new Date(Math.max(...times)) };
}

/** Age by the clock of the disk, which may be another machine's. */
function age(time: Date | null, { mtime: now }: Sample): number {
  return time === null || now === null ? 0 : now.getTime() - time.getTime();
}

function isShared(directory: string): boolean {
  return Deno.build.os === "linux" && SHARED.has(Number(statfsSync(directory).type) >>> 0);
}
