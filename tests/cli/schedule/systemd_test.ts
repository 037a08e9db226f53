import assert from "node:assert/strict";
import { join } from "node:path";
import { backupCommand, checkCommand, pingCommand, type Plan } from "../../../src/cli/schedule/plan.ts";
import { systemdFiles, systemdUnits } from "../../../src/cli/schedule/systemd.ts";
import { isInstalled, run } from "../../support/commands.ts";
import { NIGHTLY, ODD_ADDRESS, ODD_NAME, oddEnvironment, oddPlan } from "../../support/plans.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const ALERT = "vpo-backup-alert.service";
const HARDENED = `\
ProtectSystem=strict
ReadWritePaths=-/home/u/.vpo -/home/u/.vpo/backups
PrivateTmp=yes
NoNewPrivileges=yes
PrivateNetwork=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
CapabilityBoundingSet=
`;

const UNITS = `\
# Backs up the VPO library each day at 03:30, and checks that this was done.
# It keeps: --keep-daily 7 --keep-weekly 8
#
# Install, as root, with what you are reading saved as vpo-backup.units:
#   awk '/^# File: / { file = $3; if (file ~ /alert/ && (getline old < file) > 0) file = "" } \
file { print > file }' vpo-backup.units
#   systemctl daemon-reload
#   systemctl enable --now vpo-backup.timer vpo-backup-check.timer
# Try it:
#   systemctl start vpo-backup.service && journalctl -u vpo-backup.service
# Try the alert, after changing its ExecStart line to what reaches you:
#   systemctl start vpo-backup-alert.service

# File: /etc/systemd/system/vpo-backup.service
[Unit]
Description=Back up the VPO library
RequiresMountsFor=/home/u/.vpo /home/u/.vpo/backups
OnFailure=vpo-backup-alert.service

[Service]
Type=oneshot
User=1000
ExecStart=/usr/local/bin/vpo-backup backup --quiet --library /home/u/.vpo/library.db \
--backup-dir /home/u/.vpo/backups --keep-daily 7 --keep-weekly 8
UMask=0077
Nice=10
IOSchedulingClass=idle
${HARDENED}
# File: /etc/systemd/system/vpo-backup.timer
[Unit]
Description=Back up the VPO library

[Timer]
OnCalendar=*-*-* 03:30:00
Persistent=yes

[Install]
WantedBy=timers.target

# File: /etc/systemd/system/vpo-backup-check.service
[Unit]
Description=Check the backups of the VPO library
RequiresMountsFor=/home/u/.vpo /home/u/.vpo/backups
OnFailure=vpo-backup-alert.service
After=vpo-backup.service

[Service]
Type=oneshot
User=1000
ExecStart=/usr/local/bin/vpo-backup status --library /home/u/.vpo/library.db \
--backup-dir /home/u/.vpo/backups --max-age 26h
UMask=0077
${HARDENED}
# File: /etc/systemd/system/vpo-backup-check.timer
[Unit]
Description=Check the backups of the VPO library

[Timer]
OnCalendar=*-*-* 04:30:00
OnBootSec=30min

[Install]
WantedBy=timers.target

# File: /etc/systemd/system/vpo-backup-alert.service
[Unit]
Description=Warn that the VPO library is not safely backed up

[Service]
Type=oneshot
# This reaches whoever is logged in at a terminal. Other ways, with your own address in them:
#   ExecStart=/bin/sh -c "echo 'See: systemctl status vpo-backup*' | mail -s 'VPO is not backed up' you@example.org"
#   ExecStart=/usr/bin/curl -fsS -d 'VPO is not backed up' https://ntfy.sh/your-secret-topic
ExecStart=/usr/bin/wall "The VPO library is not safely backed up. See: systemctl status vpo-backup*"
`;

/** Lines of a setting, over all units. */
function settings(units: string, name: string): string[] {
  return units.split("\n").filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));
}

/** A line's words, as systemd.syntax(7), systemd.unit(5) and, for commands, systemd.service(5) have them read. */
function words(line: string, isCommand: boolean): string[] {
  return Array.from(line.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s"'\\]+)/g), ([, quoted, bare], index) => {
    const word = (quoted?.replace(/\\(["\\])/g, "$1") ?? bare ?? "").replaceAll("%%", "%");
    if (!isCommand || index === 0) return word;
    assert.doesNotMatch(word.replaceAll("$$", ""), /\$/, "a variable");
    return word.replaceAll("$$", "$");
  });
}

Deno.test("systemdUnits: a backup, a check and an alert, each shut off from all but two directories", () => {
  assert.equal(systemdUnits(NIGHTLY), UNITS);
});

const THEN = "rclone copy \"$HOME/a b\" 'remote:100%' || true";

Deno.test("systemdUnits: what follows a backup has units of its own, with the network that the backup has not", () => {
  const unitsOf = (plan: Plan) => new Map(systemdFiles(plan).files.map(({ name, text }) => [name, text]));
  const both = unitsOf({ ...NIGHTLY, then: THEN, ping: ODD_ADDRESS });
  const text = (name: string) => both.get(`vpo-backup${name}.service`) ?? "";
  assert.deepEqual(settings(text(""), "OnSuccess"), ["vpo-backup-then.service"]);
  assert.deepEqual(settings(text(""), "PrivateNetwork"), ["yes"]);
  assert.deepEqual(settings(text("-then"), "OnSuccess"), ["vpo-backup-heartbeat.service"]);
  assert.deepEqual(settings(text("-then"), "OnFailure"), ["vpo-backup-alert.service"]);
  assert.deepEqual(settings(text("-then"), "User"), ["1000"]);
  assert.deepEqual(words(settings(text("-then"), "ExecStart")[0] ?? "", true), ["/bin/sh", "-c", THEN]);
  assert.deepEqual(words(settings(text("-heartbeat"), "ExecStart")[0] ?? "", true), pingCommand(ODD_ADDRESS));
  assert.deepEqual(settings(text("-heartbeat"), "DynamicUser"), ["yes"]);
  assert.doesNotMatch(text("-then") + text("-heartbeat"), /PrivateNetwork|RestrictAddressFamilies/);
  assert.deepEqual(settings(text("-check"), "OnSuccess"), []);

  const ping = unitsOf({ ...NIGHTLY, ping: ODD_ADDRESS });
  assert.deepEqual(settings(ping.get("vpo-backup.service") ?? "", "OnSuccess"), ["vpo-backup-heartbeat.service"]);
  assert.equal(ping.has("vpo-backup-then.service"), false);
  const then = unitsOf({ ...NIGHTLY, then: THEN });
  assert.deepEqual(settings(then.get("vpo-backup-then.service") ?? "", "OnSuccess"), []);
});

Deno.test({
  name: "systemdFiles: the same units as in one text, and what is to be typed where they lie elsewhere",
  // Windows has no systemd, and other paths.
  ignore: Deno.build.os === "windows",
  fn() {
    const { files, next } = systemdFiles(NIGHTLY);
    assert.equal(
      UNITS.slice(UNITS.indexOf("\n# File: ") + 1),
      files.map(({ name, text }) => `# File: /etc/systemd/system/${name}\n${text}`).join("\n"),
    );
    const [copy = "", alert = "", ...rest] = next("/home/u/a b");
    assert.match(copy, /^cp '\/home\/u\/a b\/vpo-backup.service' .* \/etc\/systemd\/system\/$/);
    assert.match(alert, /^test -e .* \|\| cp '\/home\/u\/a b\/vpo-backup-alert.service' \/etc\/systemd\/system\/$/);
    assert.deepEqual(next("/etc/systemd/system"), rest);
    assert.deepEqual(rest, [
      "systemctl daemon-reload",
      "systemctl enable --now vpo-backup.timer vpo-backup-check.timer",
    ]);
  },
});

Deno.test({
  name: "systemdUnits, systemdFiles: what is typed replaces all units but the alert, which a person may have changed",
  // Windows has no systemd, and other paths.
  ignore: Deno.build.os === "windows",
  async fn() {
    using directory = new TemporaryDirectory();
    const system = directory.file("system");
    const here = (text: string) => text.replaceAll("/etc/systemd/system", system);
    const { files, next } = systemdFiles(NIGHTLY);
    const units = directory.file("a 'b");
    Deno.mkdirSync(units);
    for (const { name, text } of files) Deno.writeTextFileSync(join(units, name), text);
    const printed = directory.file("printed", new TextEncoder().encode(here(systemdUnits(NIGHTLY))));
    const split = /^# +(awk .*) vpo-backup.units$/m.exec(here(systemdUnits(NIGHTLY)))?.[1] ?? "";
    const names = files.map(({ name }) => name).sort();
    const copies = next(units).filter((line) => !line.startsWith("systemctl")).map(here).join("\n");
    for (const line of [`${split} ${printed}`, copies]) {
      Deno.mkdirSync(system);
      const typed = async () => assert.deepEqual((await run("/bin/sh", ["-c", line])).code, 0);
      const read = (name: string) => Deno.readTextFileSync(join(system, name));
      await typed();
      assert.deepEqual(Array.from(Deno.readDirSync(system), ({ name }) => name).sort(), names);
      for (const { name } of files) Deno.writeTextFileSync(join(system, name), "mine\n");
      await typed();
      for (const { name, text } of files.filter((file) => file.name !== ALERT)) assert(read(name).includes(text), name);
      assert.equal(read(ALERT), "mine\n");
      Deno.removeSync(system, { recursive: true });
    }
  },
});

Deno.test("systemdUnits: the times of each cadence; the check comes later, and allows for being late", () => {
  const times = (every: "hourly" | "daily" | "weekly") => {
    const units = systemdUnits({ ...NIGHTLY, every, at: { hour: 23, minute: 45 } });
    return [...settings(units, "OnCalendar"), /--max-age (\w+)/.exec(units)?.[1]];
  };
  assert.deepEqual(times("hourly"), ["*-*-* *:45:00", "*-*-* *:15:00", "3h"]);
  assert.deepEqual(times("daily"), ["*-*-* 23:45:00", "*-*-* 00:45:00", "26h"]);
  assert.deepEqual(times("weekly"), ["Sun *-*-* 23:45:00", "*-*-* 00:45:00", "8d"]);
});

Deno.test("systemdUnits: a directory that is missing is made first, for the library's owner", () => {
  const units = systemdUnits({ ...NIGHTLY, hasDirectory: false });
  assert.match(units, /^# {3}install -d -m 700 -o 1000 \/home\/u\/\.vpo\/backups$/m);
  const elsewhere = systemdUnits({ ...NIGHTLY, hasDirectory: false, owner: null });
  assert.match(elsewhere, /^# {3}install -d -m 700 \/home\/u\/\.vpo\/backups$/m);
  assert.deepEqual(settings(elsewhere, "User"), []);
});

Deno.test("systemdUnits: /tmp stays visible where something is in it", () => {
  for (const library of ["/tmp/library.db", "/var/tmp/a/library.db"]) {
    assert.deepEqual(settings(systemdUnits({ ...NIGHTLY, library }), "PrivateTmp"), []);
  }
  assert.equal(settings(systemdUnits({ ...NIGHTLY, library: "/tmpfs/library.db" }), "PrivateTmp").length, 2);
});

Deno.test("systemdUnits: odd paths come back whole, and are one word each", () => {
  const plan = oddPlan(`/${ODD_NAME}`);
  const units = systemdUnits(plan);
  const [backup = "", check = ""] = settings(units, "ExecStart");
  const shell = ["/bin/sh", "-c", 'exec "$0" "$@"'];
  assert.deepEqual(words(backup, true), [...shell, ...backupCommand(plan)]);
  assert.deepEqual(words(check, true), [...shell, ...checkCommand(plan)]);
  for (const line of settings(units, "RequiresMountsFor")) {
    assert.deepEqual(words(line, false), [`/${ODD_NAME}`, plan.backupDirectory]);
  }
  for (const line of settings(units, "ReadWritePaths")) {
    assert.deepEqual(words(line, false), [`-/${ODD_NAME}`, `-${plan.backupDirectory}`]);
  }
  const plain = { ...NIGHTLY, program: "/a b/%n/$x/vpo-backup" };
  assert.deepEqual(words(settings(systemdUnits(plain), "ExecStart")[0] ?? "", true), backupCommand(plain));
});

Deno.test("systemdUnits: the backup and the check know where the settings are, whatever the path", () => {
  const environment = oddEnvironment(`/${ODD_NAME}`);
  const pairs = environment.map(([name, value]) => `${name}=${value}`);
  const lines = settings(systemdUnits({ ...NIGHTLY, environment }), "Environment");
  assert.deepEqual(lines.map((line) => words(line, false)), [...pairs, ...pairs].map((pair) => [pair]));
  const hidden = { ...NIGHTLY, environment: oddEnvironment("/tmp/vpo") };
  assert.deepEqual(settings(systemdUnits(hidden), "PrivateTmp"), []);
});

Deno.test({
  name: "systemdUnits: systemd-analyze finds nothing wrong, with odd paths neither, and takes the path apart as it was",
  ignore: !isInstalled("systemd-analyze", "--version") || !isInstalled("curl", "--version"),
  async fn() {
    using directory = new TemporaryDirectory();
    for (const name of ["plain", ODD_NAME, "a b %n $x", "\u200b\u2028\ufeff\u{e0041}\ue000"]) {
      const home = join(directory.path, name);
      Deno.mkdirSync(home);
      const program = join(home, "vpo-backup");
      Deno.writeTextFileSync(program, "#!/bin/sh\n", { mode: 0o755 });
      const environment = oddEnvironment(home);
      const sequel = { environment, then: `echo ${ODD_NAME}; true`, ping: ODD_ADDRESS };
      const files = writeUnits(systemdUnits({ ...oddPlan(home), program, owner: 0, ...sequel }), home);
      const good = await run("systemd-analyze", ["verify", "--man=no", ...files]);
      assert.deepEqual(good, { code: 0, stdout: "", stderr: "" });
      if (name === ODD_NAME) continue;
      Deno.removeSync(program);
      const missing = await run("systemd-analyze", ["verify", "--man=no", ...files]);
      assert(missing.stderr.includes(`Command ${program} is not executable`), missing.stderr);
    }
  },
});

/** Takes the output apart as its install lines do. */
function writeUnits(text: string, directory: string): string[] {
  const [, ...units] = text.split(/^# File: \/etc\/systemd\/system\/(.*)$/m);
  const files: string[] = [];
  for (let at = 0; at < units.length; at += 2) {
    const path = join(directory, units[at] ?? "");
    Deno.writeTextFileSync(path, units[at + 1] ?? "");
    files.push(path);
  }
  assert.equal(files.length, 7);
  return files;
}
