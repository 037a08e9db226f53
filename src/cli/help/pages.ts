import { runParserSync } from "@optique/core/facade";
import { formatMessage, type Message, message } from "@optique/core/message";
import { BackupError } from "../../errors.ts";
import { PROGRAM } from "../../program.ts";
import { VERSION } from "../../version.ts";
import { commandIn, type Invocation, parserFor, wholeParser } from "../registry.ts";
import { askedForHelp, formatHelp, formatOverview, isOfCommand } from "./page.ts";
import { topicPage, topicsFooter } from "./topics.ts";
import { correct } from "./typos.ts";

/**
 * Parses arguments that may ask for a page, or be wrong.
 *
 * @returns the page as it is printed, where one is asked for
 * @throws {BackupError} that says what is wrong with them
 */
export function invocationOrPage(given: readonly string[]): Invocation | string {
  let page = topicPage(given);
  if (page !== null) return page;
  const args = askedForHelp(given);
  const invocation = runParserSync(parserFor(args), PROGRAM, args, {
    help: {
      command: true,
      option: { names: ["-h", "--help"] },
      onShow: (_, shown) => {
        page = isOfCommand(shown) ? formatHelp(shown) : formatOverview(shown);
      },
    },
    version: {
      value: `${PROGRAM} ${VERSION}`,
      option: true,
      onShow: () => {
        page = `${PROGRAM} ${VERSION}\n`;
      },
    },
    aboveError: "none",
    commandList: "top-level",
    usageLine: [{ type: "literal", value: "COMMAND" }],
    brief: message`Back up VPO's library, verify the backups, and restore them.`,
    footer: topicsFooter(),
    stdout: () => {},
    stderr: () => {},
    onError: (_, reason) => {
      throw usageError(reason, args);
    },
  });
  return page ?? invocation;
}

function usageError(reason: Message, args: readonly string[]): BackupError {
  const [text = ""] = formatMessage(reason, { quotes: true, colors: false }).split("\n");
  const wrong = /^Unexpected option or \w+: (["`])(.*)\1/.exec(text)?.[2];
  if (wrong !== undefined) {
    const { message, hint } = correct(wrong, args, wholeParser().usage);
    return new BackupError("usage", message, hint);
  }
  const told = text.startsWith("No matching command") ? "No command was given" : text.replace(/\.$/, "");
  return new BackupError("usage", told, `See: ${[PROGRAM, ...commandIn(args), "--help"].join(" ")}`);
}
