import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { prepareDependencies } from "../../scripts/build/bundle.ts";
import { type BuildFacts, Stage } from "../../scripts/build/stage.ts";
import { isInstalled } from "./commands.ts";

export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/** Time of the files of a build in a test. */
export const BUILD_TIME: Date = new Date("2026-02-05T14:30:22Z");

/** Facts of a build that may use all directories. */
export const FREE_BUILD: BuildFacts = { commit: "c".repeat(40), directories: null };

/** A copy of the project to compile. */
export function makeStage(facts: BuildFacts = FREE_BUILD, root: string = ROOT): Stage {
  return Stage.create(root, prepareDependencies(ROOT), facts, BUILD_TIME);
}

/**
 * Whether this Deno can compile: with a runtime that fits it under `DENORT_BIN`, or where `VPO_TEST_COMPILE=1` says
 * that it may download one.
 */
export const canCompile: boolean = (() => {
  if ((Deno.env.get("DENORT_BIN") ?? "") === "" && Deno.env.get("VPO_TEST_COMPILE") !== "1") return false;
  const directory = Deno.makeTempDirSync();
  try {
    const [script, executable] = [join(directory, "empty.ts"), join(directory, "empty")];
    Deno.writeTextFileSync(script, "");
    return isInstalled(Deno.execPath(), "compile", "--quiet", "--output", executable, script) &&
      isInstalled(executable);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
})();
