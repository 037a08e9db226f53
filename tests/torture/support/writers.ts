import assert from "node:assert/strict";
import { join } from "node:path";
import { execute } from "../../support/database.ts";
import { Home } from "../../support/home.ts";
import { putArchiveWithSettings } from "../../support/settings.ts";

/** A command that writes, and where it does. */
export interface Writer {
  readonly args: readonly string[];
  /** Makes the home in which it runs, relative to which its paths are. */
  readonly make: () => Home | Promise<Home>;
  /** What follows after it was killed, where that is not the same again. */
  readonly next?: readonly string[];
  /** Where this is, it did what it was to do, and the same again is refused. */
  readonly once?: string;
  /** What it removes or gives another name. */
  readonly removes?: RegExp;
  /** The file system has no hard links. */
  readonly noLinks?: boolean;
}

const SETTINGS = {
  "config.toml": "[server]\nport = 2\n",
  "policies/movies.yaml": "new ".repeat(1000),
  "policies/more/series.yaml": "new, too",
  "profiles/fast.yaml": "missing here",
  "plugins/hello/plugin.py": "print('new')",
};
const OLD_SETTINGS = {
  "config.toml": "[server]\nport = 1\n",
  "policies/movies.yaml": "old",
  "policies/more/series.yaml": "old, too",
  "profiles/only here.yaml": "only here",
  "plugins/hello/plugin.py": "print('old')",
};
const ARCHIVES = /vpo-library-.*\.tar\.gz$/;

const bare = async () => {
  const home = new Home();
  await putArchiveWithSettings(home, SETTINGS);
  return home;
};

const settled = async () => {
  const home = await bare();
  home.putLibrary();
  execute(home.library, "INSERT INTO _meta VALUES ('is', 'old')");
  for (const [name, text] of Object.entries(OLD_SETTINGS)) {
    const path = join(home.vpo, ...name.split("/"));
    Deno.mkdirSync(join(path, ".."), { recursive: true });
    Deno.writeTextFileSync(path, text);
  }
  return home;
};

/** With two backups, and copies of them in two other places. */
const copied = async () => {
  const home = Home.withLibrary();
  for (const level of ["1", "2"]) {
    const { code, stderr } = await home.run(["backup", "--level", level]);
    assert.equal(code, 0, stderr);
  }
  for (const place of ["one", "other"]) {
    Deno.mkdirSync(join(home.path, place));
    for (const name of home.archives()) Deno.copyFileSync(join(home.backups, name), join(home.path, place, name));
  }
  return home;
};

const undoable = () => {
  const home = Home.withLibrary();
  const aside = home.putLibrary(`${home.library}.before-restore-2026-02-06T09-12-44Z`);
  execute(aside, "INSERT INTO _meta VALUES ('is', 'set aside')");
  return home;
};

/** With a file that may be replaced. */
const replacing = (name: string) => async () => {
  const home = await copied();
  Deno.writeTextFileSync(join(home.path, name), "old");
  return home;
};

const ALL = ["restore", "latest", "--yes", "--settings", "--plugins"] as const;

/** The commands that write, each as it writes most. */
export const WRITERS: readonly Writer[] = [
  { args: ALL, make: settled },
  { args: ALL, make: bare },
  { args: ALL, make: bare, noLinks: true },
  { args: ["restore", "latest", "--yes", "--settings-only"], make: settled },
  { args: ["undo", "--yes"], make: undoable, removes: /before-restore/ },
  { args: ["backup", "--copy-to", "one", "--copy-to", "other", "--keep-last", "1"], make: copied, removes: ARCHIVES },
  { args: ["backup", "--skip-unchanged"], make: copied },
  { args: ["backup", "--backup-dir", "new/place", "--make-dir"], make: settled },
  { args: ["backup", "--backup-dir", "new/place", "--make-dir"], make: settled, noLinks: true },
  { args: ["backup", "-o", "mine.tar.gz", "--force"], make: replacing("mine.tar.gz") },
  { args: ["backup", "--dry-run"], make: copied, next: ["backup"] },
  { args: ["doctor"], make: copied, next: ["backup"] },
  { args: ["prune", "--keep-last", "1", "--yes"], make: copied, removes: ARCHIVES },
  { args: ["extract", "latest", "-o", "there", "--settings"], make: settled, once: "there/settings" },
  { args: ["report", "-o", "page.html", "--force"], make: replacing("page.html") },
  { args: ["schedule", "systemd", "--keep-last", "3", "-o", "units", "--force"], make: copied },
  { args: ["config", "init"], make: settled, once: ".vpo/backup.toml" },
];
