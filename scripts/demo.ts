import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makeLibrary } from "./make_library.ts";
import { permissionFlags, RUNTIME_FLAGS } from "./permissions.ts";

/** Shows a library's whole life: backed up, listed, checked, damaged, restored, and the restore undone. */
const SAMPLE_FILES = 2_000;
const MAIN = join(import.meta.dirname ?? ".", "..", "src", "main.ts");

function demo(directory: string): void {
  const library = join(directory, ".vpo", "library.db");
  Deno.mkdirSync(dirname(library));

  say("A sample library, where VPO keeps its own:");
  makeLibrary(library, { files: SAMPLE_FILES });
  say(`  ${library}: ${SAMPLE_FILES} files\n`);

  show(directory, "backup", "--dry-run");
  show(directory, "backup");
  show(directory, "backup");
  show(directory, "backups");
  show(directory, "restore", "latest", "--dry-run");

  say("Something goes wrong: half of the files are forgotten.");
  change(library, "DELETE FROM files WHERE id % 2 = 0");
  say(`  ${countFiles(library)} files are left\n`);

  show(directory, "restore", "latest", "--yes");
  say(`The library has ${countFiles(library)} files again.\n`);

  say("That was a mistake after all?");
  show(directory, "undo", "--yes");
  say(`The library has ${countFiles(library)} files, as before the restore.\n`);

  show(directory, "backup", "--json");
}

/** Runs the program with exactly the permissions of the binary and shows the command line with what it prints. */
function show(directory: string, ...args: string[]): void {
  say(`$ vpo-backup ${args.join(" ")}`);
  const { code } = new Deno.Command(Deno.execPath(), {
    args: ["run", ...RUNTIME_FLAGS, ...permissionFlags(), MAIN, ...args],
    env: {
      HOME: directory,
      USERPROFILE: directory,
      ...{
        VPO_DATABASE_PATH: "",
        VPO_CONFIG_PATH: "",
        VPO_DATA_DIR: "",
        VPO_BACKUP_DIR: "",
        VPO_BACKUP_CONFIG: "",
        VPO_BACKUP_COPY_TO: "",
      },
      // Deno looks for its packages in the home otherwise.
      DENO_DIR: denoDirectory(),
    },
    stdout: "inherit",
    stderr: "inherit",
  }).outputSync();
  if (code !== 0) throw new Error(`vpo-backup ${args.join(" ")} ended with ${code}`);
  say("");
}

function denoDirectory(): string {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  return (JSON.parse(new TextDecoder().decode(stdout)) as { denoDir: string }).denoDir;
}

function change(library: string, sql: string): void {
  const database = new DatabaseSync(library);
  database.exec(`PRAGMA foreign_keys = ON; ${sql}`);
  database.close();
}

function countFiles(library: string): number {
  const database = new DatabaseSync(library, { readOnly: true });
  const row = database.prepare("SELECT count(*) AS files FROM files").get();
  database.close();
  return Number(row?.["files"]);
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

const directory = Deno.makeTempDirSync({ prefix: "vpo-" });
try {
  demo(directory);
} finally {
  Deno.removeSync(directory, { recursive: true });
}
