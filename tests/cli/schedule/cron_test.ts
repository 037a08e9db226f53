import assert from "node:assert/strict";
import { cronLines } from "../../../src/cli/schedule/cron.ts";
import { backupCommand, checkCommand, pingCommand } from "../../../src/cli/schedule/plan.ts";
import { NIGHTLY, ODD_ADDRESS, ODD_NAME, oddEnvironment, oddPlan } from "../../support/plans.ts";
import { isInstalled, run } from "../../support/commands.ts";
import { putStub, wordsGiven } from "../../support/stub.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const LINES = `\
# Backs up the VPO library each day at 03:30, and checks that this was done.
# It keeps: --keep-daily 7 --keep-weekly 8
#
# Install, as the user that the library belongs to: add these lines with
#   crontab -e
# in the place of those of an earlier schedule, which end alike.
# Try it: run what follows the five fields of the first line.
#
# cron mails what a job prints, and these jobs print only what is wrong. To whom:
#MAILTO=you@example.org
30 3 * * * /usr/local/bin/vpo-backup backup --quiet --library /home/u/.vpo/library.db \
--backup-dir /home/u/.vpo/backups --keep-daily 7 --keep-weekly 8 # vpo-backup ee477826
30 4 * * * report=$(/usr/local/bin/vpo-backup status --library /home/u/.vpo/library.db \
--backup-dir /home/u/.vpo/backups --max-age 26h 2>&1) || echo "$report" # vpo-backup ee477826
`;

/** Single quotes and a percent sign, as they may stand in a command. */
const THEN = `after '${ODD_NAME.replaceAll("'", "'\\''")}' "100%" b # no more`;

interface Job {
  /** The five fields. */
  readonly time: string;
  readonly command: string;
}

/** The jobs in a crontab, read strictly: a comment, or five fields of numbers and stars and a command. */
function jobsOf(crontab: string): Job[] {
  return crontab.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
    const [, time, command] = /^((?:(?:\*|\d{1,2}) ){5})(\S.*)$/.exec(line) ?? [];
    assert(time !== undefined && command !== undefined, `no job: ${line}`);
    return { time: time.trimEnd(), command };
  });
}

/** The command as cron gives it to the shell: after a bare percent sign comes input; busybox knows no such sign. */
const CRONS: Readonly<Record<string, (command: string) => string>> = {
  vixie(command) {
    assert.doesNotMatch(command, /(^|[^\\])%/);
    return command.replaceAll("\\%", "%");
  },
  busybox: (command) => command,
};

Deno.test("cronLines: a backup, and a check that prints what is wrong", () => {
  assert.equal(cronLines(NIGHTLY), LINES);
});

Deno.test("cronLines: the times of each cadence", () => {
  const times = (every: "hourly" | "daily" | "weekly") =>
    jobsOf(cronLines({ ...NIGHTLY, every, at: { hour: 23, minute: 45 } })).map(({ time }) => time);
  assert.deepEqual(times("hourly"), ["45 * * * *", "15 * * * *"]);
  assert.deepEqual(times("daily"), ["45 23 * * *", "45 0 * * *"]);
  assert.deepEqual(times("weekly"), ["45 23 * * 0", "45 0 * * *"]);
});

Deno.test({
  name: "cronLines: odd paths reach the program as they are, through each cron and the shell",
  ignore: Deno.build.os === "windows",
  async fn() {
    using directory = new TemporaryDirectory();
    const home = directory.file(ODD_NAME);
    Deno.mkdirSync(home);
    const plan = oddPlan(home);
    putStub(plan.program);
    for (const [name, given] of Object.entries(CRONS)) {
      const [{ command } = { command: "" }] = jobsOf(cronLines(plan));
      assert.deepEqual(await wordsGiven("/bin/sh", "-c", given(command)), backupCommand(plan), name);
    }
  },
});

Deno.test({
  name: "cronLines: the backup knows where the settings are, through each cron and the shell",
  ignore: Deno.build.os === "windows",
  async fn() {
    using directory = new TemporaryDirectory();
    const home = directory.file(ODD_NAME);
    Deno.mkdirSync(home);
    const environment = oddEnvironment(home);
    const plan = { ...oddPlan(home), environment };
    Deno.writeTextFileSync(plan.program, '#!/bin/sh\nprintf "%s\\n" "$VPO_CONFIG_PATH" "$VPO_DATA_DIR"\n', {
      mode: 0o755,
    });
    for (const [name, given] of Object.entries(CRONS)) {
      const [{ command } = { command: "" }] = jobsOf(cronLines(plan));
      const { stdout } = await run("/bin/sh", ["-c", given(command)]);
      assert.deepEqual(stdout.trimEnd().split("\n"), environment.map(([, value]) => value), name);
    }
  },
});

Deno.test({
  name: "cronLines: what follows a backup is run as it was given, and only where all before it succeeded",
  ignore: Deno.build.os === "windows",
  async fn() {
    using directory = new TemporaryDirectory();
    const home = directory.file(ODD_NAME);
    Deno.mkdirSync(home);
    const plan = { ...oddPlan(home), then: THEN, ping: ODD_ADDRESS };
    for (const [name, given] of Object.entries(CRONS)) {
      const [{ command } = { command: "" }] = jobsOf(cronLines(plan));
      const words = async (backupCode: number, thenCode: number) => {
        putStub(plan.program, backupCode);
        putStub(directory.file("after"), thenCode);
        putStub(directory.file("curl"));
        return await wordsGiven("env", "-i", `PATH=${directory.path}:/usr/bin:/bin`, "/bin/sh", "-c", given(command));
      };
      const after = [directory.file("after"), ODD_NAME, "100%", "b"];
      const ping = [directory.file("curl"), ...pingCommand(ODD_ADDRESS).slice(1)];
      assert.deepEqual(await words(0, 0), [...backupCommand(plan), ...after, ...ping], name);
      assert.deepEqual(await words(0, 1), [...backupCommand(plan), ...after], name);
      assert.deepEqual(await words(43, 0), backupCommand(plan), name);
    }
  },
});

Deno.test({
  name: "cronLines: the address is called once, as it is, after a backup that succeeded and not after one that failed",
  ignore: Deno.build.os === "windows" || !isInstalled("curl", "--version"),
  async fn() {
    using directory = new TemporaryDirectory();
    const called: string[] = [];
    await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ url }) => {
      called.push(url.slice(`http://127.0.0.1:${port}`.length));
      return new Response("OK");
    });
    const { port } = server.addr;
    const path = "/ping/a'b%20c$d(e)/[f]?status=up&msg=%22OK%22;{g,h}";
    const plan = { ...oddPlan(directory.path), ping: `http://127.0.0.1:${port}${path}` };
    const [{ command } = { command: "" }] = jobsOf(cronLines(plan));
    for (const given of Object.values(CRONS)) {
      putStub(plan.program, 43);
      await run("/bin/sh", ["-c", given(command)]);
      assert.deepEqual(called, []);
      putStub(plan.program);
      const { code, stderr } = await run("/bin/sh", ["-c", given(command)]);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.deepEqual(called.splice(0), [path]);
    }
  },
});

Deno.test({
  name: "cronLines: a directory on a disk of its own is not filled while that is not mounted, and the line says so",
  ignore: Deno.build.os === "windows",
  async fn() {
    using directory = new TemporaryDirectory();
    const home = directory.file("a'b %d $e");
    Deno.mkdirSync(home);
    const plan = { ...oddPlan(home), backupDirectory: home, hasOwnDisk: true, program: directory.file("vpo-backup") };
    putStub(plan.program);
    for (const given of Object.values(CRONS)) {
      const [{ command } = { command: "" }] = jobsOf(cronLines(plan));
      const { code, stdout, stderr } = await run("/bin/sh", ["-c", given(command)]);
      assert.deepEqual([code, stdout, stderr], [1, "", `${home}: is the disk mounted?\n`]);
      Deno.writeTextFileSync(`${home}/a`, "");
      assert.deepEqual(await wordsGiven("/bin/sh", "-c", given(command)), backupCommand(plan));
      Deno.removeSync(`${home}/a`);
    }
  },
});

Deno.test({
  name: "cronLines: what the check says is printed only where something is wrong",
  ignore: Deno.build.os === "windows",
  async fn() {
    using directory = new TemporaryDirectory();
    // The echo of some shells takes backslashes for its own.
    const home = directory.file("a'b %d $e");
    Deno.mkdirSync(home);
    const plan = { ...oddPlan(home), backupDirectory: home };
    const command = jobsOf(cronLines(plan))[1]?.command ?? "";
    for (const given of Object.values(CRONS)) {
      putStub(plan.program);
      assert.deepEqual(await wordsGiven("/bin/sh", "-c", given(command)), []);
      putStub(plan.program, 61);
      assert.deepEqual(await wordsGiven("/bin/sh", "-c", given(command)), checkCommand(plan));
    }
  },
});
