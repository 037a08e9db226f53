import { dirname, isAbsolute } from "node:path";
import { currentUser } from "../../engine/real_paths.ts";
import { typedWord } from "../../program.ts";
import type { Plan } from "./plan.ts";
import { knownUsers } from "./users.ts";

const ROOT = 0;
const OTHERS_WRITE = 0o022;

/** Warnings about a schedule that would fail at night, perhaps silently. */
export function concernsOf(plan: Plan, system: string): string[] {
  const { owner } = plan;
  if (system === "windows") return lostVariables(plan);
  // The others run as whoever installs them.
  if (owner === null || system !== "systemd" && system !== "cron") return [];
  return [
    ...unknownOwner(owner),
    ...foreignConfig(plan, owner, system),
    ...closedProgram(plan, owner, system),
    ...foreignDirectories(plan, owner, system),
  ];
}

/** A task of Windows has only the variables that its user has at every logon. */
function lostVariables({ environment }: Plan): string[] {
  return environment.map(([name, value]) =>
    `${name} says where settings are, and a task knows it only if it is set for good: ` +
    `setx ${name} ${typedWord(value, "windows")}`
  );
}

/** A container gives files to user IDs that its host has no names for. */
function unknownOwner(owner: number): string[] {
  const users = knownUsers();
  if (owner === ROOT || users === null || users.has(owner)) return [];
  return [
    `the library belongs to user ${owner}, whom /etc/passwd does not name: unless something else does, systemd does ` +
    `not start a service for that user (217/USER), and cron has no crontab; add the user: useradd --uid ${owner} vpo`,
  ];
}

/** The user that a schedule runs as. */
interface Runner {
  readonly id: number;
  /** Null where nothing tells. */
  readonly groups: ReadonlySet<number> | null;
}

/** The services of systemd have no more rights than their user, even where that is root. */
function runnerOf(owner: number, system: string): Runner | null {
  if (owner === ROOT ? system === "cron" : owner === currentUser()) return null;
  return { id: owner, groups: knownUsers()?.get(owner)?.groups ?? null };
}

function foreignDirectories(plan: Plan, owner: number, system: string): string[] {
  if (owner === ROOT && system === "cron") return [];
  const runner = runnerOf(owner, system);
  return [...new Set([dirname(plan.library), plan.backupDirectory, ...plan.copyPlaces])].flatMap((directory) => {
    const info = statIfPresent(directory);
    if (info === null) return [];
    if (info.uid !== owner && ((info.mode ?? OTHERS_WRITE) & OTHERS_WRITE) === 0) {
      return [
        `"${directory}" belongs to user ${info.uid}, but the schedule runs as user ${owner}, who owns the library and may ` +
        "not write there",
      ];
    }
    const closed = closedOnTheWay(directory, runner);
    return closed === null ? [] : [outOfReach(directory, owner, closed)];
  });
}

/** Somebody else's files would be refused at night, and so would root's that only root may read. */
function foreignConfig({ config }: Plan, owner: number, system: string): string[] {
  const info = config === null ? null : statIfPresent(config);
  if (config === null || info === null) return [];
  const remedy = "name that user's own with --config";
  if (info.uid !== owner && info.uid !== ROOT) {
    return [
      `"${config}" belongs to user ${info.uid}, but the schedule runs as user ${owner}, who may not use somebody ` +
      `else's: ${remedy}`,
    ];
  }
  const closed = firstClosed(config, READ, runnerOf(owner, system));
  return closed === null ? [] : [`${outOfReach(config, owner, closed)}: ${remedy}`];
}

/** Root may have put the program into a directory of its own. */
function closedProgram({ program }: Plan, owner: number, system: string): string[] {
  if (!isAbsolute(program)) return [];
  // An executable of Deno reads itself.
  const closed = firstClosed(program, READ | EXECUTE, runnerOf(owner, system));
  return closed === null ? [] : [
    `${
      outOfReach(program, owner, closed)
    }: move it where everybody may run it, such as /usr/local/bin, and run this again`,
  ];
}

function outOfReach(path: string, owner: number, closed: string): string {
  const lack = closed === path ? `may not read "${path}"` : `cannot reach "${path}", because "${closed}" is closed`;
  return `the schedule runs as user ${owner}, who owns the library and ${lack}`;
}

const READ = 0o4;
const EXECUTE = 0o1;

/** The file itself if its mode does not allow this, else the first directory on the way that is closed. */
function firstClosed(path: string, wanted: number, runner: Runner | null): string | null {
  return closedOnTheWay(path, runner) ?? (runner === null || mayUse(path, wanted, runner) ? null : path);
}

function closedOnTheWay(path: string, runner: Runner | null): string | null {
  if (runner === null) return null;
  const above = dirname(path);
  if (above === path) return null;
  return closedOnTheWay(above, runner) ?? (mayUse(above, EXECUTE, runner) ? null : above);
}

/** Whether the mode of a file or a directory lets a user do all of this; where nothing tells, it does. */
function mayUse(path: string, wanted: number, { id, groups }: Runner): boolean {
  const info = statIfPresent(path);
  if (info === null || info.mode === null || info.uid === null || info.gid === null) return true;
  const [own, group, others] = [info.mode >> 6, info.mode >> 3, info.mode];
  const allowed = info.uid === id ? own : groups === null ? group | others : groups.has(info.gid) ? group : others;
  return (allowed & wanted) === wanted;
}

function statIfPresent(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch {
    // A backup says why.
    return null;
  }
}
