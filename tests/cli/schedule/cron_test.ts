import assert from "node:assert/strict";
import { cronLines } from "../../../src/cli/schedule/cron.ts";
import { backupCommand, checkCommand } from "../../../src/cli/schedule/plan.ts";
import { NIGHTLY, ODD_NAME, oddPlan } from "../../support/plans.ts";
import { putStub, wordsGiven } from "../../support/stub.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const LINES = `\
# Backs up the VPO library each day at 03:30, and checks that this was done.
# It keeps: --keep-daily 7 --keep-weekly 8
#
# Install, as the user that the library belongs to: add these lines with
#   crontab -e
# Try it: run what follows the five fields of the first line.
#
# cron mails what a job prints, and these jobs print only what is wrong. To whom:
#MAILTO=you@example.org
30 3 * * * /usr/local/bin/vpo-backup backup --quiet --library /home/u/.vpo/library.db \
--backup-dir /home/u/.vpo/backups --keep-daily 7 --keep-weekly 8
30 4 * * * report=$(/usr/local/bin/vpo-backup status --library /home/u/.vpo/library.db \
--backup-dir /home/u/.vpo/backups --max-age 26h 2>&1) || echo "$report"
`;

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
