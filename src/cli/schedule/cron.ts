import { backupCommand, checkCommand, checkTime, type Plan, retention, shellWord, when } from "./plan.ts";

/** Two lines for a crontab: the backup, and a check that prints only what is wrong, for cron mails what a job prints. */
export function cronLines(plan: Plan): string {
  const { hour, minute } = plan.at;
  const check = checkTime(plan);
  const times = {
    hourly: `${minute} * * * *`,
    daily: `${minute} ${hour} * * *`,
    weekly: `${minute} ${hour} * * 0`,
  };
  const checkTimes = plan.every === "hourly" ? `${check.minute} * * * *` : `${check.minute} ${check.hour} * * *`;
  return `# Backs up the VPO library ${when(plan)}, and checks that this was done.
# ${retention(plan)}
#
# Install, as the user that the library belongs to: add these lines with
#   crontab -e
# Try it: run what follows the five fields of the first line.
#
# cron mails what a job prints, and these jobs print only what is wrong. To whom:
#MAILTO=you@example.org
${times[plan.every]} ${words(backupCommand(plan))}
${checkTimes} report=$(${words(checkCommand(plan))} 2>&1) || echo "$report"
`;
}

/** Words as both cron and the shell that it starts read them: to cron a bare percent sign is the end of the command. */
function words(command: readonly string[]): string {
  return command.map((word) => shellWord(word).replaceAll("%", "'\\%'")).join(" ");
}
