import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { prepareDependencies } from "../../scripts/build/bundle.ts";
import { type BuildFacts, Stage } from "../../scripts/build/stage.ts";
import { CannotCompile, namedRuntime, RUNTIME_VARIABLE } from "../../scripts/build/runtime.ts";
import { findTarget } from "../../scripts/build/targets.ts";
import { isInstalled } from "./commands.ts";

/** Path of the repository. */
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
 * Whether this Deno can compile: with a runtime that fits it, which the environment names, or where `VPO_TEST_COMPILE=1`
 * says that it may download one.
 */
export const canCompile: boolean = (() => {
  const runtime = hostRuntime();
  if (runtime === null && Deno.env.get("VPO_TEST_COMPILE") !== "1") return false;
  const directory = Deno.makeTempDirSync();
  try {
    const [script, executable] = [join(directory, "empty.ts"), join(directory, "empty")];
    Deno.writeTextFileSync(script, "");
    const args = ["compile", "--quiet", "--output", executable, script];
    const env = runtime === null ? {} : { [RUNTIME_VARIABLE]: runtime };
    return new Deno.Command(Deno.execPath(), { args, env }).outputSync().success && isInstalled(executable);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
})();

/** The runtime for this machine that the environment names; null where it names none that fits. */
function hostRuntime(): string | null {
  const host = findTarget(Deno.build.target);
  try {
    return host === null ? null : namedRuntime(host);
  } catch (error) {
    if (error instanceof CannotCompile) return null;
    throw error;
  }
}
