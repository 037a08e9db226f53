import { createHash } from "node:crypto";
import { join } from "node:path";
import { VERSION } from "../../src/version.ts";
import { type Member, tarGz, zip } from "./archives.ts";
import type { Target } from "./targets.ts";

/** File name of the checksums of all packages. */
export const CHECKSUMS = "SHA256SUMS";

/** `vpo-backup-0.1.0-linux-x86_64`: the directory in a package, and the package's name without extension. */
export function packageName({ os, arch }: Target): string {
  return `vpo-backup-${VERSION}-${os}-${arch}`;
}

/** File name of a target's package. */
export function packageFile(target: Target): string {
  return packageName(target) + (target.os === "windows" ? ".zip" : ".tar.gz");
}

/** Name of a target's executable. */
export function executableName({ os }: Target): string {
  return os === "windows" ? "vpo-backup.exe" : "vpo-backup";
}

/**
 * Writes the package of a target into `directory`: the executable and what goes with it on every system.
 *
 * @returns its file name
 */
export async function writePackage(
  directory: string,
  target: Target,
  executable: Uint8Array,
  others: readonly Member[],
  time: Date,
): Promise<string> {
  const members = [{ name: executableName(target), mode: 0o755, content: executable }, ...others]
    .map((member) => ({ ...member, name: `${packageName(target)}/${member.name}` }));
  const file = packageFile(target);
  Deno.writeFileSync(join(directory, file), target.os === "windows" ? zip(members, time) : await tarGz(members, time));
  return file;
}

/** Writes the SHA-256 of these files of `directory` in the form that `sha256sum --check` reads. */
export function writeChecksums(directory: string, files: readonly string[]): void {
  const lines = [...files].sort().map((file) => {
    const sum = createHash("sha256").update(Deno.readFileSync(join(directory, file))).digest("hex");
    return `${sum}  ${file}\n`;
  });
  Deno.writeTextFileSync(join(directory, CHECKSUMS), lines.join(""));
}
