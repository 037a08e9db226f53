import { dirname } from "node:path";
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
  return [...unknownOwner(owner), ...foreignConfig(plan, owner), ...foreignDirectories(plan, owner, system)];
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

/** The services of systemd have no more rights than their user, even where that is root. */
function foreignDirectories(plan: Plan, owner: number, system: string): string[] {
  if (owner === ROOT && system === "cron") return [];
  return [...new Set([dirname(plan.library), plan.backupDirectory, ...plan.copyPlaces])].flatMap((directory) => {
    const info = statIfPresent(directory);
    if (info === null || info.uid === owner || ((info.mode ?? OTHERS_WRITE) & OTHERS_WRITE) !== 0) return [];
    return [
      `"${directory}" belongs to user ${info.uid}, but the schedule runs as user ${owner}, who owns the library and may ` +
      "not write there",
    ];
  });
}

/** Somebody else's files would be refused at night. */
function foreignConfig({ config }: Plan, owner: number): string[] {
  const info = config === null ? null : statIfPresent(config);
  if (info === null || info.uid === owner || info.uid === ROOT) return [];
  return [
    `"${config}" belongs to user ${info.uid}, but the schedule runs as user ${owner}, who may not use somebody ` +
    "else's: name that user's own with --config",
  ];
}

function statIfPresent(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch {
    // A backup says why.
    return null;
  }
}
