import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { command, constant } from "@optique/core/primitives";
import { DatabaseSync } from "node:sqlite";
import type { VersionTold } from "../../output/outcome.ts";
import { BUILD, VERSION } from "../../version.ts";
import { defineCommand } from "../command.ts";
import { examples } from "../help/examples.ts";

/** `vpo-backup version` */
export const version = defineCommand({
  name: "version",
  action: "Cannot tell the version",
  make: parser,
  run,
});

function parser() {
  return command("version", object({ command: constant("version") }), {
    brief: message`Show version and build details.`,
    description: message`Shows the version, commit, target system, and the versions of Deno, V8 and SQLite.`,
    footer: examples("version", "version --json"),
  });
}

function run(): VersionTold {
  return {
    kind: "version",
    version: VERSION,
    commit: BUILD.commit,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    sqlite: sqliteVersion(),
    target: Deno.build.target,
  };
}

/** Asked of SQLite itself, without a file: what the runtime says of it in `process.versions` is not always so. */
function sqliteVersion(): string {
  const database = new DatabaseSync(":memory:");
  try {
    return String(database.prepare("SELECT sqlite_version() AS version").get()?.["version"]);
  } finally {
    database.close();
  }
}
