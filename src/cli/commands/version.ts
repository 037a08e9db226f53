import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { command, constant } from "@optique/core/primitives";
import type { VersionTold } from "../../output/outcome.ts";
import { RUNTIME, sqliteVersion } from "../../runtime.ts";
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
    deno: RUNTIME.deno,
    v8: Deno.version.v8,
    sqlite: sqliteVersion(),
    target: Deno.build.target,
  };
}
