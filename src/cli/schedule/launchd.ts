import { join } from "node:path";
import { PROGRAM, shellWord } from "../../program.ts";
import { backupCommand, followers, type Plan, type ScheduleFiles, when } from "./plan.ts";
import { xmlText } from "./xml.ts";

const LABEL = "vpo-backup";
const SUNDAY = 0;
const FILE = `${LABEL}.plist`;

/** Runs its arguments and the sequel, and shows a notification if that fails. */
function script(plan: Plan): string {
  const next = followers(plan);
  const all = [`"$@"`, ...next.map((words) => words.map(shellWord).join(" "))].join(" && ");
  const title = next.length === 0 ? "The VPO library was not backed up" : "A VPO backup, or what follows it, failed";
  return `${all} || osascript -e 'display notification "See ~/Library/Logs/vpo-backup.log" with title "${title}"'`;
}

/** A launch agent for macOS. A run that is slept through is made up for on waking. */
export function launchdAgent(plan: Plan): string {
  const words = ["/bin/sh", "-c", script(plan), LABEL, ...backupCommand(plan)];
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!--
  Backs up the VPO library ${when(plan)}.

  Install, with what you are reading saved as ~/Library/LaunchAgents/${LABEL}.plist (remove an earlier one first):
    launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/${LABEL}.plist
  Try it:
    launchctl kickstart gui/$(id -u)/${LABEL}
  Remove it:
    launchctl bootout gui/$(id -u)/${LABEL}
  Check that backups are still being made with: ${PROGRAM} status
-->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${words.map((word) => `    <string>${xmlText(word)}</string>`).join("\n")}
  </array>
${variables(plan)}\
  <key>StartCalendarInterval</key>
  <dict>
${times(plan).map(([name, value]) => `    <key>${name}</key>\n    <integer>${value}</integer>`).join("\n")}
  </dict>
${plan.logFile === null ? "" : logs(plan.logFile)}\
  <key>Umask</key>
  <integer>63</integer>
  <key>ProcessType</key>
  <string>Background</string>
  <key>LowPriorityIO</key>
  <true/>
</dict>
</plist>
`;
}

/** The agent as a file. */
export function launchdFiles(plan: Plan): ScheduleFiles {
  return {
    files: [{ name: FILE, text: launchdAgent(plan) }],
    next: (directory) => [
      ...(directory.endsWith("/Library/LaunchAgents")
        ? []
        // A new user's home has no such directory.
        : [`mkdir -p ~/Library/LaunchAgents && cp ${shellWord(join(directory, FILE))} ~/Library/LaunchAgents/`]),
      // Where an earlier agent is loaded, it would stay so, with its own rules.
      `launchctl bootout gui/$(id -u)/${LABEL} 2>/dev/null; launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/${FILE}`,
    ],
  };
}

function variables({ environment }: Plan): string {
  if (environment.length === 0) return "";
  const entries = environment.map(([name, value]) =>
    `    <key>${name}</key>\n    <string>${xmlText(value)}</string>\n`
  );
  return `  <key>EnvironmentVariables</key>\n  <dict>\n${entries.join("")}  </dict>\n`;
}

function times({ every, at }: Plan): [string, number][] {
  return [
    ...(every === "weekly" ? [["Weekday", SUNDAY] as [string, number]] : []),
    ...(every === "hourly" ? [] : [["Hour", at.hour] as [string, number]]),
    ["Minute", at.minute],
  ];
}

function logs(file: string): string {
  const path = xmlText(file);
  return `  <key>StandardOutPath</key>
  <string>${path}</string>
  <key>StandardErrorPath</key>
  <string>${path}</string>
`;
}
