import type { Plan } from "../../src/cli/schedule/plan.ts";

/** A backup each night, for the user with number 1000. */
export const NIGHTLY: Plan = {
  program: "/usr/local/bin/vpo-backup",
  library: "/home/u/.vpo/library.db",
  backupDirectory: "/home/u/.vpo/backups",
  hasDirectory: true,
  hasOwnDisk: false,
  copyPlaces: [],
  hasOwnPlaces: true,
  every: "daily",
  at: { hour: 3, minute: 30 },
  keep: ["--keep-daily", "7", "--keep-weekly", "8"],
  rules: ["--keep-daily", "7", "--keep-weekly", "8"],
  config: null,
  hasMaxAge: false,
  then: null,
  ping: null,
  owner: 1000,
  environment: [],
  logFile: "/home/u/Library/Logs/vpo-backup.log",
};

/** A directory name with what means something to a shell, to cron, to systemd or in XML. */
export const ODD_NAME = 'odd a\'b"c %d %% $e ${HOME} `f` \\g \\\\" &h; <i> #j ~ é\\';

/** A plan whose paths lie in such a directory. */
export function oddPlan(directory: string): Plan {
  return {
    ...NIGHTLY,
    program: `${directory}/vpo-backup`,
    library: `${directory}/library.db`,
    backupDirectory: `${directory}/backups\\`,
    logFile: `${directory}/vpo-backup.log`,
    keep: ["--keep-last", "3"],
  };
}

/** Variables that say where settings are, in such a directory. */
export function oddEnvironment(directory: string): Plan["environment"] {
  return [["VPO_CONFIG_PATH", `${directory}/config.toml`], ["VPO_DATA_DIR", directory]];
}

/** An address with what means something to a shell, to cron, to systemd, to cmd or in XML. */
export const ODD_ADDRESS = "https://u:p@example.org/a'b%20c$d(e)/[f]?g=h&i=%22j%22;k=!l#~m";
