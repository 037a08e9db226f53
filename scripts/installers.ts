import { join } from "node:path";

/** Writes the installers of a release, which know where the releases are: installers.ts URL [DIRECTORY]. */
const NAMES = ["install.sh", "install.ps1"] as const;
const SCRIPTS = import.meta.dirname ?? ".";
const PLACE = "@RELEASES@";

/** An installer with the address in it. */
export function withReleases(script: string, releases: string): string {
  if (!/^https:\/\/[A-Za-z0-9._~:/-]+$/.test(releases)) throw new Error(`not an address of releases: ${releases}`);
  if (!script.includes(PLACE)) throw new Error(`the installer has no place for the address: ${PLACE}`);
  return script.replaceAll(PLACE, releases.replace(/\/+$/, ""));
}

if (import.meta.main) {
  const [releases = "", directory = join(SCRIPTS, "..", "dist")] = Deno.args;
  Deno.mkdirSync(directory, { recursive: true });
  for (const name of NAMES) {
    const script = withReleases(Deno.readTextFileSync(join(SCRIPTS, name)), releases);
    Deno.writeTextFileSync(join(directory, name), script, { mode: 0o755 });
  }
}
