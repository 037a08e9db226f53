import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Ground, Group } from "../group.ts";
import { cannotShare, runOnShare } from "../support/smb.ts";
import { assertWalked, type Cell } from "../support/walk.ts";

/** Mount options that change what the share can do: with nobrl it keeps no locks. */
const OPTIONS = ["", "nobrl", "cache=none", "noserverino"] as const;
/** What is tried of all commands where only a sample is wanted: the machine is slow. */
const SAMPLE = ["backup", "verify"];

async function attempt(ground: Ground, options: string): Promise<void> {
  const program = fileURLToPath(new URL("../support/walk_on_share.ts", import.meta.url));
  const seed = String(ground.random(0).below(1_000_000));
  const commands = ground.count(OPTIONS.length) < OPTIONS.length ? SAMPLE : [];
  const script = 'program=$1 seed=$2; shift 2; "$0" run -A --no-check --quiet --no-code-cache "$program" ' +
    '"$SMB_SHARE" "$SMB_LOCAL" "$seed" "$@"';
  const command = ["bash", "-c", script, Deno.execPath(), program, seed, ...commands];
  const { code, stdout, stderr } = await runOnShare(command, options);
  assert.equal(code, 0, stderr);
  assertWalked(JSON.parse(stdout) as Cell[]);
}

export const smbShare: Group = {
  name: "an SMB share",
  unavailable: cannotShare,
  *trials(ground) {
    const chosen = OPTIONS.slice(0, ground.count(OPTIONS.length));
    for (const options of chosen) {
      yield { name: `backups on a share (${options || "default options"})`, run: () => attempt(ground, options) };
    }
  },
};
