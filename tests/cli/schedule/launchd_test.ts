import assert from "node:assert/strict";
import { launchdAgent, launchdFiles } from "../../../src/cli/schedule/launchd.ts";
import { backupCommand, pingCommand } from "../../../src/cli/schedule/plan.ts";
import { hasPython, isInstalled, run, runPython } from "../../support/commands.ts";
import { NIGHTLY, ODD_ADDRESS, ODD_NAME, oddEnvironment, oddPlan } from "../../support/plans.ts";
import { putStub, wordsGiven } from "../../support/stub.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const OR_TELL =
  `"$@" || osascript -e 'display notification "See ~/Library/Logs/vpo-backup.log" with title "The VPO library was not backed up"'`;

const AGENT = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!--
  Backs up the VPO library each day at 03:30.

  Install, with what you are reading saved as ~/Library/LaunchAgents/vpo-backup.plist (remove an earlier one first):
    launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/vpo-backup.plist
  Try it:
    launchctl kickstart gui/$(id -u)/vpo-backup
  Remove it:
    launchctl bootout gui/$(id -u)/vpo-backup
  Check that backups are still being made with: vpo-backup status
-->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>vpo-backup</string>
  <key>ProgramArguments</key>
  <array>
    <string>/bin/sh</string>
    <string>-c</string>
    <string>${OR_TELL}</string>
    <string>vpo-backup</string>
    <string>/usr/local/bin/vpo-backup</string>
    <string>backup</string>
    <string>--quiet</string>
    <string>--library</string>
    <string>/home/u/.vpo/library.db</string>
    <string>--backup-dir</string>
    <string>/home/u/.vpo/backups</string>
    <string>--keep-daily</string>
    <string>7</string>
    <string>--keep-weekly</string>
    <string>8</string>
  </array>
  <key>StartCalendarInterval</key>
  <dict>
    <key>Hour</key>
    <integer>3</integer>
    <key>Minute</key>
    <integer>30</integer>
  </dict>
  <key>StandardOutPath</key>
  <string>/home/u/Library/Logs/vpo-backup.log</string>
  <key>StandardErrorPath</key>
  <string>/home/u/Library/Logs/vpo-backup.log</string>
  <key>Umask</key>
  <integer>63</integer>
  <key>ProcessType</key>
  <string>Background</string>
  <key>LowPriorityIO</key>
  <true/>
</dict>
</plist>
`;

interface Agent {
  readonly ProgramArguments: readonly string[];
  readonly StartCalendarInterval: Readonly<Record<string, number>>;
  readonly StandardErrorPath?: string;
  readonly EnvironmentVariables?: Readonly<Record<string, string>>;
}

/** What Python's reader of property lists makes of it. */
async function parsed(agent: string): Promise<Agent> {
  return await runPython("import plistlib\nprint(json.dumps(plistlib.loads(input.encode())))", agent) as Agent;
}

Deno.test("launchdAgent: a backup, and a notice on the screen where it fails", () => {
  assert.equal(launchdAgent(NIGHTLY), AGENT);
});

Deno.test({
  name: "launchdAgent: the times of each cadence, and no log without a home",
  ignore: !hasPython,
  async fn() {
    const times = async (every: "hourly" | "weekly") =>
      (await parsed(launchdAgent({ ...NIGHTLY, every }))).StartCalendarInterval;
    assert.deepEqual(await times("hourly"), { Minute: 30 });
    assert.deepEqual(await times("weekly"), { Weekday: 0, Hour: 3, Minute: 30 });
    assert.equal((await parsed(launchdAgent({ ...NIGHTLY, logFile: null }))).StandardErrorPath, undefined);
  },
});

Deno.test({
  name: "launchdAgent: the backup knows where the settings are",
  ignore: !hasPython,
  async fn() {
    const environment = oddEnvironment(`/${ODD_NAME}`);
    const agent = await parsed(launchdAgent({ ...NIGHTLY, environment }));
    assert.deepEqual(agent.EnvironmentVariables, Object.fromEntries(environment));
  },
});

Deno.test({
  name: "launchdAgent: odd paths reach the program as they are, and a failure reaches the screen",
  ignore: !hasPython || Deno.build.os === "windows",
  async fn() {
    using directory = new TemporaryDirectory();
    const home = directory.file(ODD_NAME);
    Deno.mkdirSync(home);
    const plan = oddPlan(home);
    const { ProgramArguments: words, StandardErrorPath: log } = await parsed(launchdAgent(plan));
    assert.equal(log, plan.logFile);
    putStub(plan.program);
    putStub(directory.file("osascript"));
    const started = ["-i", `PATH=${directory.path}:/usr/bin:/bin`, ...words];
    assert.deepEqual(await wordsGiven("env", ...started), backupCommand(plan));
    putStub(plan.program, 43);
    const given = await wordsGiven("env", ...started);
    assert.equal(given.length, backupCommand(plan).length + 3);
    assert.equal(given.at(-3), directory.file("osascript"));
  },
});

Deno.test({
  name:
    "launchdAgent: what follows a backup is run only where all before it succeeded, and a failure reaches the screen",
  ignore: !hasPython || Deno.build.os === "windows",
  async fn() {
    using directory = new TemporaryDirectory();
    const plan = { ...oddPlan(directory.path), then: `after "a 'b" 100% # no more`, ping: ODD_ADDRESS };
    const { ProgramArguments: words } = await parsed(launchdAgent(plan));
    const given = async (backupCode: number, thenCode: number) => {
      putStub(plan.program, backupCode);
      putStub(directory.file("after"), thenCode);
      putStub(directory.file("curl"));
      putStub(directory.file("osascript"));
      return await wordsGiven("env", "-i", `PATH=${directory.path}:/usr/bin:/bin`, ...words);
    };
    const after = [directory.file("after"), "a 'b", "100%"];
    const ping = [directory.file("curl"), ...pingCommand(ODD_ADDRESS).slice(1)];
    assert.deepEqual(await given(0, 0), [...backupCommand(plan), ...after, ...ping]);
    const failed = await given(0, 1);
    assert.deepEqual(failed.slice(0, -3), [...backupCommand(plan), ...after]);
    assert.match(failed.at(-1) ?? "", /with title "A VPO backup, or what follows it, failed"$/);
    assert.deepEqual((await given(43, 0)).slice(0, -3), backupCommand(plan));
  },
});

Deno.test({
  name: "launchdFiles: the agent, and how it is loaded",
  // Windows has no launchd, and other paths.
  ignore: Deno.build.os === "windows",
  fn() {
    const { files, next } = launchdFiles(NIGHTLY);
    assert.deepEqual(files, [{ name: "vpo-backup.plist", text: AGENT }]);
    const load = "launchctl bootout gui/$(id -u)/vpo-backup 2>/dev/null; " +
      "launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/vpo-backup.plist";
    assert.deepEqual(next("/Users/u/Library/LaunchAgents"), [load]);
    // The home of a new user has no such directory.
    const copy = "mkdir -p ~/Library/LaunchAgents && cp '/a b/vpo-backup.plist' ~/Library/LaunchAgents/";
    assert.deepEqual(next("/a b"), [copy, load]);
  },
});

Deno.test({
  name: "launchdAgent: plutil finds nothing wrong",
  ignore: !isInstalled("plutil", "-help"),
  async fn() {
    using directory = new TemporaryDirectory();
    const path = directory.file("agent.plist", new TextEncoder().encode(launchdAgent(oddPlan(`/${ODD_NAME}`))));
    assert.equal((await run("plutil", ["-lint", path])).code, 0);
  },
});
