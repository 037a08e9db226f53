import { fileURLToPath } from "node:url";
import { isInstalled, run } from "../../support/commands.ts";
import { compileC, hasCompiler } from "../../support/compiled_c.ts";
import { cacheDirectory } from "../../support/program.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

/** What the machine with the share is made of, and Debian's packages with it. */
const PROGRAMS = ["linux.uml", "smbd", "mount.cifs", "modprobe", "ip"];
const PACKAGES = "user-mode-linux, samba, cifs-utils, kmod, iproute2";

/** Why there can be no SMB share here; null where there can. */
export function cannotShare(): string | null {
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") return "user-mode Linux is there on x86_64 only";
  if (Deno.uid() !== 0) return "only root can mount a share";
  return hasCompiler && PROGRAMS.every((one) => isInstalled("which", one)) ? null : `it needs gcc, ${PACKAGES}`;
}

/** Whether there can be an SMB share here. */
export const canShare: boolean = cannotShare() === null;

/**
 * Runs a command to its end on a machine with a real SMB share, which takes some seconds to start. The command finds the
 * share's directory in `SMB_SHARE` and one on a local disk in `SMB_LOCAL`.
 *
 * @param options for the mount, such as "nobrl"
 */
export async function runOnShare(
  command: readonly string[],
  options = "",
): Promise<{ code: number; stdout: string; stderr: string }> {
  using ground = new TemporaryDirectory();
  const preload = ground.file("whole_xstate.so");
  const beside = (name: string) => new URL(name, import.meta.url);
  compileC(beside("whole_xstate.c"), preload, ["-shared", "-fPIC", "-ldl"]);
  const settings = [`SMB_OPTIONS=${options}`, `SMB_PRELOAD=${preload}`, `DENO_DIR=${cacheDirectory()}`];
  return await run("env", [...settings, "bash", fileURLToPath(beside("smb.sh")), ...command]);
}
