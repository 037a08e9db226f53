import { backupCommand, type Plan, when } from "./plan.ts";
import { xmlText } from "./xml.ts";

const LABEL = "vpo-backup";
const SUNDAY = 0;
/** Runs its arguments, and puts a notice on the screen where that fails. */
const OR_TELL =
  `"$@" || osascript -e 'display notification "See ~/Library/Logs/vpo-backup.log" with title "The VPO library was not backed up"'`;

/** A launch agent for macOS. A time that is slept through is made up for at waking. */
export function launchdAgent(plan: Plan): string {
  const words = ["/bin/sh", "-c", OR_TELL, LABEL, ...backupCommand(plan)];
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!--
  Backs up the VPO library ${when(plan)}.

  Install, with what you are reading saved as ~/Library/LaunchAgents/${LABEL}.plist:
    launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/${LABEL}.plist
  Try it:
    launchctl kickstart gui/$(id -u)/${LABEL}
  Remove it:
    launchctl bootout gui/$(id -u)/${LABEL}
  Whether backups are still made is said by: vpo-backup status
-->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${words.map((word) => `    <string>${xmlText(word)}</string>`).join("\n")}
  </array>
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
