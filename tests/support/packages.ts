import assert from "node:assert/strict";
import { join } from "node:path";
import { executableName, packageFile, packageName } from "../../scripts/build/package.ts";
import type { Target } from "../../scripts/build/targets.ts";
import { run } from "./commands.ts";

/** Directory with packages that were made, such as `dist` after `deno task compile:all`; undefined where there are none. */
export const PACKAGES: string | undefined = Deno.env.get("VPO_PACKAGES") || undefined;

/** Said in the names of tests that need them. */
export const NEEDS_PACKAGES = "(needs packages and python3: VPO_PACKAGES names the directory)";

/** Unpacks the package of a target into a directory, and gives the path of the executable in it. */
export async function unpackPackage(target: Target, into: string): Promise<string> {
  const file = join(PACKAGES ?? "", packageFile(target));
  const args = ["-m", file.endsWith(".zip") ? "zipfile" : "tarfile", "-e", file, into];
  const { code, stderr } = await run("python3", args);
  assert.equal(code, 0, stderr);
  return join(into, packageName(target), executableName(target));
}
