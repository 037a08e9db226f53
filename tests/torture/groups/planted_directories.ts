import assert from "node:assert/strict";
import { canBeOtherUser } from "../../support/surroundings/other_user.ts";
import type { Group } from "../group.ts";
import { assertPrecious, PLANTED, type Planted, putPrecious, uproot } from "../support/planted.ts";
import { sampled } from "../support/sampling.ts";
import { Stock } from "../support/stock.ts";

const FILES = 50;
const STRANGER = 2000;
const STICKY = 0o1777;
const SECONDS = 60;
const FINE = [0, 60];

/** What the user does, who knows of nothing; `RESTORED` stands for an archive. */
const COMMANDS: readonly (readonly string[])[] = [
  ["backup", "--dry-run"],
  ["backup"],
  ["backups"],
  ["verify", "RESTORED"],
  ["show", "RESTORED"],
  ["diff", "RESTORED"],
  ["status"],
  ["doctor"],
  ["prune", "--keep-last", "5", "--yes"],
  ["restore", "RESTORED", "--dry-run"],
  ["restore", "RESTORED", "--yes"],
  ["undo", "--yes"],
];

interface Case {
  readonly planted: Planted;
  readonly where: "backups" | "vpo";
  readonly command: readonly string[];
}

async function attempt(stock: Stock, { planted, where, command }: Case): Promise<void> {
  using stage = stock.stage();
  const victim = `${stage.path}/victim/file`;
  Deno.mkdirSync(`${stage.path}/victim`);
  Deno.writeTextFileSync(victim, "content");
  const directory = stage[where];
  const precious = putPrecious(directory);
  Deno.chmodSync(directory, STICKY);
  planted.plant(directory, victim);
  giveTo(STRANGER, directory);
  try {
    const place = ["--library", stage.library, "--backup-dir", stage.backups];
    const args = [...command.map((word) => word === "RESTORED" ? stage.archive : word), ...place];
    await using program = stage.start(args);
    const timer = setTimeout(() => program.signal("SIGKILL"), SECONDS * 1000);
    const { code, signal, stderr } = await program.ended();
    clearTimeout(timer);
    assert.notEqual(signal, "SIGKILL", `it ends within ${SECONDS} s`);
    assert(FINE.includes(code), `exit ${code}: ${stderr}`);
    assert.equal(Deno.readTextFileSync(victim), "content", "another file is as it was");
    assertPrecious(precious);
  } finally {
    uproot(directory);
  }
}

/** Makes what was planted another user's, links as well; what was there stays ours. */
function giveTo(uid: number, directory: string): void {
  const args = [directory, "-maxdepth", "2", "-path", "*/.vpo-backup-0*", "-exec", "chown", "-h", `${uid}`, "{}", "+"];
  assert(new Deno.Command("find", { args }).outputSync().success);
}

export const plantedDirectories: Group = {
  name: "planted by another user",
  unavailable: () => canBeOtherUser ? null : "it needs root, setpriv, and a program that others may read",
  async *trials(ground) {
    const stock = await Stock.make(ground, { files: [FILES, FILES] });
    const cases = PLANTED.flatMap((planted) =>
      (["backups", "vpo"] as const).flatMap((where) => COMMANDS.map((command) => ({ planted, where, command })))
    );
    for (const one of sampled(ground, cases)) {
      const { planted, where, command } = one;
      const place = where === "vpo" ? "beside the library" : "beside the backups";
      yield { name: `${command.join(" ")}: ${planted.what}, ${place}`, run: () => attempt(stock, one) };
    }
  },
};
