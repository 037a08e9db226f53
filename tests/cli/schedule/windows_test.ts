import assert from "node:assert/strict";
import { backupCommand, pingCommand } from "../../../src/cli/schedule/plan.ts";
import { isWholeForCmd, windowsFiles, windowsTask } from "../../../src/cli/schedule/windows.ts";
import { hasPython, runPython } from "../../support/commands.ts";
import { testMore } from "../../support/extent.ts";
import { NIGHTLY, ODD_ADDRESS, ODD_NAME, oddPlan } from "../../support/plans.ts";

const PLAN = {
  ...NIGHTLY,
  program: "C:\\Program Files\\vpo-backup\\vpo-backup.exe",
  library: "C:\\Users\\U & I\\.vpo\\library.db",
  backupDirectory: "D:\\",
  owner: null,
};

const TASK = `<?xml version="1.0"?>
<!--
  Backs up the VPO library each day at 03:30.

  Install, with what you are reading saved as vpo-backup.xml:
    schtasks /create /tn vpo-backup /xml vpo-backup.xml
  Try it, and see how it ended under "Last Result" (0 is success):
    schtasks /run /tn vpo-backup
    schtasks /query /tn vpo-backup /v /fo list
  Remove it:
    schtasks /delete /tn vpo-backup
  Check that backups are still being made with: vpo-backup status
-->
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Back up the VPO library</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2024-01-07T03:30:00</StartBoundary>
      <Enabled>true</Enabled>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT12H</ExecutionTimeLimit>
    <Priority>7</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>C:\\Program Files\\vpo-backup\\vpo-backup.exe</Command>
      <Arguments>backup --quiet --library "C:\\Users\\U &amp; I\\.vpo\\library.db" --backup-dir D:\\ \
--keep-daily 7 --keep-weekly 8</Arguments>
    </Exec>
  </Actions>
</Task>
`;

/** Reads the task as a reader of XML does, from the bytes that a shell saved. */
const PARSE = `
import xml.etree.ElementTree as tree
root = tree.fromstring(input["text"].encode(input["encoding"]))
space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
trigger = root.find(f"{space}Triggers/{space}CalendarTrigger")
print(json.dumps({
    "trigger": [[each.tag.replace(space, ""), "".join(each.itertext()).split()] for each in trigger],
    "command": root.findtext(f".//{space}Command"),
    "arguments": root.findtext(f".//{space}Arguments"),
}))
`;

interface Task {
  readonly trigger: readonly (readonly [string, readonly string[]])[];
  readonly command: string;
  readonly arguments: string;
}

async function parsed(text: string, encoding = "utf-8"): Promise<Task> {
  return await runPython(PARSE, { text, encoding }) as Task;
}

/** Words of a command line by Microsoft's rules: backslashes count only before a quotation mark. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let isQuoted = false;
  for (const [, slashes = "", rest = ""] of line.matchAll(/(\\*)([^\\]|$)/g)) {
    if (rest === '"') {
      word = (word ?? "") + "\\".repeat(Math.floor(slashes.length / 2));
      if (slashes.length % 2 === 1) word += '"';
      else isQuoted = !isQuoted;
    } else if ((rest === " " && !isQuoted) || rest === "") {
      if (slashes !== "") word = (word ?? "") + slashes;
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? "") + slashes + rest;
    }
  }
  return words;
}

Deno.test("windowsTask: a backup each day, made up for when the machine was off", () => {
  assert.equal(windowsTask(PLAN), TASK);
});

Deno.test({
  name: "windowsTask: the times of each cadence",
  ignore: !hasPython,
  async fn() {
    const trigger = async (every: "hourly" | "weekly") => (await parsed(windowsTask({ ...PLAN, every }))).trigger;
    assert.deepEqual(await trigger("hourly"), [
      ["Repetition", ["PT1H", "P1D", "false"]],
      ["StartBoundary", ["2024-01-07T00:30:00"]],
      ["Enabled", ["true"]],
      ["ScheduleByDay", ["1"]],
    ]);
    assert.deepEqual((await trigger("weekly"))[2], ["ScheduleByWeek", ["1"]]);
    assert.match(windowsTask({ ...PLAN, every: "weekly" }), /<DaysOfWeek>\s*<Sunday \/>\s*<\/DaysOfWeek>/);
  },
});

/** What Windows PowerShell 5.1 saves of a program's output with `>`: read in the console's code page, written as UTF-16. */
const SAVED_BY_POWERSHELL = `
read = input["text"].encode().decode(input["page"], errors="replace")
print(json.dumps(read.replace("\\n", "\\r\\n").encode("utf-16").decode("latin-1")))
`;

testMore({
  name: "windowsTask: a user whose name is not ASCII survives PowerShell's >, whatever the console's code page",
  ignore: !hasPython,
  async fn() {
    const plan = {
      ...PLAN,
      program: "C:\\Users\\Jörg\\vpo-backup.exe",
      library: "C:\\Users\\Jörg\\.vpo\\library.db",
      backupDirectory: "D:\\映画 \u{1f3ac}",
    };
    for (const page of ["cp437", "cp850", "cp932", "utf-8"]) {
      const saved = await runPython(SAVED_BY_POWERSHELL, { text: windowsTask(plan), page }) as string;
      const task = await parsed(saved, "latin-1");
      assert.deepEqual([task.command, ...wordsOf(task.arguments)], backupCommand(plan), page);
    }
  },
});

Deno.test({
  name: "windowsTask: odd paths come back whole, in the encoding of either shell",
  ignore: !hasPython,
  async fn() {
    for (const plan of [PLAN, oddPlan(`C:\\${ODD_NAME}`)]) {
      for (const encoding of ["utf-8", "utf-16"]) {
        const task = await parsed(windowsTask(plan), encoding);
        assert.deepEqual([task.command, ...wordsOf(task.arguments)], backupCommand(plan), encoding);
      }
    }
  },
});

/** Variables of Windows that names in paths and addresses are taken for, between percent signs. */
const VARIABLES: Readonly<Record<string, string>> = { PATH: "C:\\Windows", "20c": "oops" };

/**
 * The commands that cmd makes of what stands after `/s /c`: first it puts variables in, then a circumflex outside of
 * quotation marks lets the next character stand for itself, and `&&` there parts commands. Source: Microsoft, "cmd".
 */
function commandsOf(args: string): string[] {
  const [, line = ""] = /^\/d \/s \/c "(.*)"$/.exec(args) ?? [];
  const expanded = line.replace(/%([^%]+)%/g, (text, name: string) => VARIABLES[name] ?? text);
  const commands = [""];
  let isQuoted = false;
  for (let at = 0; at < expanded.length; at++) {
    let character = expanded[at] ?? "";
    if (character === '"') isQuoted = !isQuoted;
    if (!isQuoted && expanded.startsWith("&&", at)) {
      commands.push("");
      at++;
      continue;
    }
    if (!isQuoted && character === "^") character = expanded[++at] ?? "";
    else if (!isQuoted) assert.doesNotMatch(character, /[&|<>]/);
    commands[commands.length - 1] += character;
  }
  return commands.map((command) => command.trim());
}

Deno.test({
  name: "windowsTask: what follows a backup is run by cmd, which takes nothing in a path or an address for its own",
  ignore: !hasPython,
  async fn() {
    const plan = {
      ...PLAN,
      program: "C:\\100% & ^ (x)\\%PATH%\\vpo-backup.exe",
      library: "C:\\a%20c%\\b\\%\\library.db",
      backupDirectory: "D:\\%PATH% !x!\\",
      then: "rclone copy D:\\vpo remote:vpo",
      ping: ODD_ADDRESS,
    };
    const { command, arguments: args } = await parsed(windowsTask(plan));
    assert.equal(command, "cmd.exe");
    const [backup = "", then, ping = "", ...rest] = commandsOf(args);
    assert.deepEqual(wordsOf(backup), backupCommand(plan));
    assert.equal(then, `(${plan.then})`);
    assert.deepEqual(wordsOf(ping), pingCommand(ODD_ADDRESS, "curl.exe", "NUL"));
    assert.deepEqual(rest, []);
  },
});

Deno.test("isWholeForCmd: a line that stays between its parentheses", () => {
  for (const whole of ['copy "a b" c', "(a) & (b)", 'echo "(" ^( ^)', "a || b > c"]) {
    assert(isWholeForCmd(whole), whole);
  }
  for (const open of ['"a', "a)", "(a", "a) & (b", "a ^", 'a ^"', ") & del x & (", '"a" "b']) {
    assert(!isWholeForCmd(open), open);
  }
});

Deno.test("windowsFiles: the task, and how it is made", () => {
  const { files, next } = windowsFiles(PLAN);
  assert.deepEqual(files, [{ name: "vpo-backup.xml", text: TASK }]);
  assert.match(next("C:\\a b")[0] ?? "", /^schtasks \/create \/tn vpo-backup \/xml "C:\\a b[\\/]vpo-backup\.xml"$/);
});
