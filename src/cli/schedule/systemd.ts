import { dirname, join } from "node:path";
import { shellWord } from "../../program.ts";
import {
  backupCommand,
  checkCommand,
  checkTime,
  pingCommand,
  type Plan,
  retention,
  type ScheduleFiles,
  sequel,
  twoDigits,
  when,
} from "./plan.ts";

const DIRECTORY = "/etc/systemd/system";
const THEN = "vpo-backup-then.service";
const HEARTBEAT = "vpo-backup-heartbeat.service";
const ALERT_UNIT = "vpo-backup-alert.service";
const ENABLE = ["systemctl daemon-reload", "systemctl enable --now vpo-backup.timer vpo-backup-check.timer"];
/** What `PrivateTmp` hides from a service. */
const TEMPORARY = /^\/(var\/)?tmp(\/|$)/;

/** All units in one text, each under a line that says which file it is. */
export function systemdUnits(plan: Plan): string {
  return [introduction(plan), ...units(plan).map(({ name, text }) => `# File: ${DIRECTORY}/${name}\n${text}`)].join(
    "\n",
  );
}

/** Each unit as a file. */
export function systemdFiles(plan: Plan): ScheduleFiles {
  return {
    files: units(plan),
    next: (directory) => [
      ...(plan.hasDirectory ? [] : [makeDirectory(plan)]),
      ...(directory === DIRECTORY
        ? []
        : [copyAll(plan, directory), `test -e ${DIRECTORY}/${ALERT_UNIT} || ${copy([ALERT_UNIT], directory)}`]),
      ...ENABLE,
    ],
  };
}

/** Leaves an alert alone that is there already: a person may have put in what reaches them. */
function copyAll(plan: Plan, directory: string): string {
  return copy(units(plan).flatMap(({ name }) => name === ALERT_UNIT ? [] : [name]), directory);
}

function copy(names: readonly string[], from: string): string {
  return `cp ${names.map((name) => shellWord(join(from, name))).join(" ")} ${DIRECTORY}/`;
}

/**
 * Units for systemd: a backup and its timer, a check and its timer, an alert that any of them triggers on failure, and
 * the sequel of a backup, with the network access that the backup lacks. They are system units, because a user's own
 * cannot be cut off from the network and the rest of the file system everywhere.
 */
function units(plan: Plan): ScheduleFiles["files"] {
  const { then, ping } = plan;
  return [
    { name: "vpo-backup.service", text: backupService(plan) },
    {
      name: "vpo-backup.timer",
      text: timer("Back up the VPO library", [`OnCalendar=${calendar(plan)}`, "Persistent=yes"]),
    },
    { name: "vpo-backup-check.service", text: checkService(plan) },
    {
      name: "vpo-backup-check.timer",
      text: timer("Check the backups of the VPO library", [`OnCalendar=${checkCalendar(plan)}`, "OnBootSec=30min"]),
    },
    ...(then === null ? [] : [{ name: THEN, text: thenService(then, plan) }]),
    ...(ping === null ? [] : [{ name: HEARTBEAT, text: heartbeatService(ping) }]),
    { name: ALERT_UNIT, text: ALERT },
  ];
}

function introduction(plan: Plan): string {
  return lines(
    `# Backs up the VPO library ${when(plan)}, and checks that this was done.`,
    `# ${retention(plan)}`,
    ...sequel(plan).map((line) => `# ${line} This needs systemd 249 or newer.`),
    "#",
    "# Install, as root, with what you are reading saved as vpo-backup.units:",
    ...(plan.hasDirectory ? [] : [`#   ${makeDirectory(plan)}`]),
    // As with the files, an alert that is there stays.
    '#   awk \'/^# File: / { file = $3; if (file ~ /alert/ && (getline old < file) > 0) file = "" } ' +
      "file { print > file }' vpo-backup.units",
    ...ENABLE.map((line) => `#   ${line}`),
    "# Try it:",
    "#   systemctl start vpo-backup.service && journalctl -u vpo-backup.service",
    "# Try the alert, after changing its ExecStart line to what reaches you:",
    `#   systemctl start ${ALERT_UNIT}`,
  );
}

function makeDirectory({ owner, backupDirectory }: Plan): string {
  const ownership = owner === null ? "" : ` -o ${owner}`;
  return `install -d -m 700${ownership} ${shellWord(backupDirectory)}`;
}

function backupService(plan: Plan): string {
  return service("Back up the VPO library", plan, backupCommand(plan), [
    "Nice=10",
    "IOSchedulingClass=idle",
  ], sequelOf(plan.then !== null ? THEN : plan.ping !== null ? HEARTBEAT : null));
}

function sequelOf(unit: string | null): string[] {
  return unit === null ? [] : [`OnSuccess=${unit}`];
}

/** The command is the user's own, and may need anything that the user may use. */
function thenService(then: string, { owner, ping }: Plan): string {
  return lines(
    "[Unit]",
    "Description=Run the command that follows a backup of the VPO library",
    ...ONLINE,
    `OnFailure=${ALERT_UNIT}`,
    ...sequelOf(ping === null ? null : HEARTBEAT),
    "",
    "[Service]",
    "Type=oneshot",
    ...(owner === null ? [] : [`User=${owner}`]),
    `ExecStart=${commandLine(["/bin/sh", "-c", then])}`,
    "UMask=0077",
    "Nice=10",
    "IOSchedulingClass=idle",
  );
}

/** It may open connections, so it may do nothing else. */
function heartbeatService(ping: string): string {
  return lines(
    "[Unit]",
    "Description=Report that the VPO library was backed up",
    ...ONLINE,
    "",
    "[Service]",
    "Type=oneshot",
    "DynamicUser=yes",
    `ExecStart=${commandLine(pingCommand(ping))}`,
    "ProtectHome=yes",
    "PrivateDevices=yes",
    "ProtectControlGroups=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "CapabilityBoundingSet=",
  );
}

const ONLINE = ["Wants=network-online.target", "After=network-online.target"];

function checkService(plan: Plan): string {
  return service("Check the backups of the VPO library", plan, checkCommand(plan), [], ["After=vpo-backup.service"]);
}

function service(
  description: string,
  plan: Plan,
  command: readonly string[],
  settings: readonly string[],
  relations: readonly string[],
): string {
  const directories = [...new Set([dirname(plan.library), plan.backupDirectory])];
  const writable = [...new Set([...directories, ...plan.copyPlaces])];
  const values = plan.environment.map(([, value]) => value);
  const used = [plan.program, ...writable, ...(plan.config === null ? [] : [plan.config]), ...values];
  const paths = directories.map(quoted).join(" ");
  return lines(
    "[Unit]",
    `Description=${description}`,
    `RequiresMountsFor=${paths}`,
    `OnFailure=${ALERT_UNIT}`,
    ...relations,
    "",
    "[Service]",
    "Type=oneshot",
    ...(plan.owner === null ? [] : [`User=${plan.owner}`]),
    ...plan.environment.map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`),
    `ExecStart=${commandLine(command)}`,
    "UMask=0077",
    ...settings,
    "ProtectSystem=strict",
    // A missing path would keep the service from starting, with only "226/NAMESPACE" as an explanation.
    `ReadWritePaths=${writable.map((path) => quoted(`-${path}`)).join(" ")}`,
    ...(used.some((path) => TEMPORARY.test(path)) ? [] : ["PrivateTmp=yes"]),
    "NoNewPrivileges=yes",
    "PrivateNetwork=yes",
    "PrivateDevices=yes",
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "RestrictAddressFamilies=AF_UNIX",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "CapabilityBoundingSet=",
  );
}

function timer(description: string, settings: readonly string[]): string {
  return lines(
    "[Unit]",
    `Description=${description}`,
    "",
    "[Timer]",
    ...settings,
    "",
    "[Install]",
    "WantedBy=timers.target",
  );
}

const ALERT = lines(
  "[Unit]",
  "Description=Warn that the VPO library is not safely backed up",
  "",
  "[Service]",
  "Type=oneshot",
  "# This reaches whoever is logged in at a terminal. Other ways, with your own address in them:",
  "#   ExecStart=/bin/sh -c \"echo 'See: systemctl status vpo-backup*' | mail -s 'VPO is not backed up' you@example.org\"",
  "#   ExecStart=/usr/bin/curl -fsS -d 'VPO is not backed up' https://ntfy.sh/your-secret-topic",
  'ExecStart=/usr/bin/wall "The VPO library is not safely backed up. See: systemctl status vpo-backup*"',
);

function lines(...texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}

function calendar({ every, at }: Plan): string {
  if (every === "hourly") return `*-*-* *:${twoDigits(at.minute)}:00`;
  return `${every === "weekly" ? "Sun " : ""}*-*-* ${twoDigits(at.hour)}:${twoDigits(at.minute)}:00`;
}

function checkCalendar(plan: Plan): string {
  return calendar({ ...plan, at: checkTime(plan), every: plan.every === "hourly" ? "hourly" : "daily" });
}

/**
 * An `ExecStart` line, where `$` begins a variable everywhere but in the path of the executable; a path that systemd
 * does not accept as one ("Executable name contains special characters") is left to a shell.
 */
function commandLine([program = "", ...args]: readonly string[]): string {
  const command = /["'\\]/.test(program) ? ["/bin/sh", "-c", 'exec "$0" "$@"', program, ...args] : [program, ...args];
  const [first = "", ...rest] = command;
  return [quoted(first), ...rest.map((word) => quoted(word.replaceAll("$", "$$$$")))].join(" ");
}

/** A word of a unit file. Source: systemd.syntax(7) "Quoting" and systemd.unit(5) "Specifiers". */
function quoted(word: string): string {
  const escaped = word.replaceAll("%", "%%").replace(/["\\]/g, "\\$&");
  return /^[\w./:@+,$%-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}
