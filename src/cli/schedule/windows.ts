import { join } from "node:path";
import { PROGRAM, typedWord } from "../../program.ts";
import { backupCommand, pingCommand, type Plan, type ScheduleFiles, twoDigits, when } from "./plan.ts";
import { asciiXmlText } from "./xml.ts";

const FILE = "vpo-backup.xml";
/** Any Sunday in the past: a trigger needs a day to begin at. */
const FIRST_DAY = "2024-01-07";

/**
 * A task for the Task Scheduler of Windows. The XML names no encoding: cmd saves it as it is, while Windows PowerShell
 * reads it as text in the console's code page and saves that as UTF-16.
 *
 * Source: "Task Scheduler Schema", task.xsd.
 */
export function windowsTask(plan: Plan): string {
  const { program, args } = action(plan);
  const start = `${FIRST_DAY}T${twoDigits(plan.every === "hourly" ? 0 : plan.at.hour)}:${twoDigits(plan.at.minute)}:00`;
  return `<?xml version="1.0"?>
<!--
  Backs up the VPO library ${when(plan)}.

  Install, with what you are reading saved as vpo-backup.xml:
    schtasks /create /tn vpo-backup /xml vpo-backup.xml
  Try it, and see how it ended under "Last Result" (0 is success):
    schtasks /run /tn vpo-backup
    schtasks /query /tn vpo-backup /v /fo list
  Remove it:
    schtasks /delete /tn vpo-backup
  Check that backups are still being made with: ${PROGRAM} status
-->
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Back up the VPO library</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
${plan.every === "hourly" ? REPETITION : ""}\
      <StartBoundary>${start}</StartBoundary>
      <Enabled>true</Enabled>
${plan.every === "weekly" ? WEEKLY : DAILY}\
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
      <Command>${asciiXmlText(program)}</Command>
      <Arguments>${asciiXmlText(args)}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}

/** The task as a file. */
export function windowsFiles(plan: Plan): ScheduleFiles {
  return {
    files: [{ name: FILE, text: windowsTask(plan) }],
    next: (directory) => [`schtasks /create /tn vpo-backup /xml ${typedWord(join(directory, FILE), "windows")}`],
  };
}

/**
 * Whether cmd can take a line between parentheses in a longer one: its quotation marks and parentheses must be
 * balanced, and nothing may reach beyond its end.
 */
export function isWholeForCmd(line: string): boolean {
  if (line.includes('^"')) return false;
  const bare = line.replace(/"[^"]*"/g, "").replace(/\^[^]/g, "");
  if (/["^]/.test(bare)) return false;
  let depth = 0;
  for (const [character] of bare.matchAll(/[()]/g)) {
    depth += character === "(" ? 1 : -1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** A task runs its actions whether or not the previous one succeeded: if that matters, cmd runs them. */
function action(plan: Plan): { program: string; args: string } {
  const [program = "", ...args] = backupCommand(plan);
  const { then, ping } = plan;
  if (then === null && ping === null) return { program, args: args.map(quoted).join(" ") };
  const commands = [
    [program, ...args].map(cmdWord).join(" "),
    ...(then === null ? [] : [`(${then})`]),
    ...(ping === null ? [] : [pingCommand(ping, "curl.exe", "NUL").map(cmdWord).join(" ")]),
  ];
  // With /s it strips the first and the last quotation mark, and leaves everything between alone.
  return { program: "cmd.exe", args: `/d /s /c "${commands.join(" && ")}"` };
}

/** A word that cmd passes on as {@link quoted} has it: a percent sign can be escaped only outside quotation marks. */
function cmdWord(word: string): string {
  const whole = quoted(word);
  if (!word.includes("%")) return whole;
  return whole.replace(/(\\*)%/g, '$1$1"^%"');
}

const REPETITION = `\
      <Repetition>
        <Interval>PT1H</Interval>
        <Duration>P1D</Duration>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>
`;

const DAILY = `\
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
`;

const WEEKLY = `\
      <ScheduleByWeek>
        <WeeksInterval>1</WeeksInterval>
        <DaysOfWeek>
          <Sunday />
        </DaysOfWeek>
      </ScheduleByWeek>
`;

/** A word of a command line, as Windows programs parse it. Source: Microsoft, "Parsing C command-line arguments". */
function quoted(word: string): string {
  if (/^[\w./:\\-]+$/.test(word)) return word;
  return `"${word.replace(/(\\*)(")/g, '$1$1\\"').replace(/\\+$/, "$&$&")}"`;
}
