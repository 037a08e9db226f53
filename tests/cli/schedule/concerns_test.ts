import assert from "node:assert/strict";
import { join } from "node:path";
import { concernsOf } from "../../../src/cli/schedule/concerns.ts";
import type { Plan } from "../../../src/cli/schedule/plan.ts";
import { Home } from "../../support/home.ts";
import { NIGHTLY } from "../../support/plans.ts";

/** A user whom every Linux has, under one name or another, with a group of the same number. */
const DAEMON = 1;
const isRoot = Deno.build.os === "linux" && Deno.uid() === 0;

/** A library of that user in a home that all may look into, with a program and a `root` that root has made. */
function plannedIn(home: Home): Plan {
  const root = join(home.path, "root");
  Deno.mkdirSync(root);
  for (const name of ["backup.toml", "vpo-backup"]) Deno.writeTextFileSync(join(root, name), "");
  Deno.chmodSync(join(root, "vpo-backup"), 0o755);
  Deno.chmodSync(join(root, "backup.toml"), 0o644);
  Deno.mkdirSync(home.backups);
  for (const path of [home.vpo, home.library, home.backups]) Deno.chownSync(path, DAEMON, DAEMON);
  for (const path of [home.path, root]) Deno.chmodSync(path, 0o755);
  return {
    ...NIGHTLY,
    owner: DAEMON,
    library: home.library,
    backupDirectory: home.backups,
    program: join(root, "vpo-backup"),
    config: join(root, "backup.toml"),
  };
}

Deno.test({
  name: "concernsOf: root's rules, and a program, that the library's owner cannot read",
  // Nobody else can give files away.
  ignore: !isRoot,
  fn() {
    using home = Home.withLibrary();
    const plan = plannedIn(home);
    const concerns = (own: Partial<Plan> = {}) =>
      concernsOf({ ...plan, ...own }, "cron").map((text) => home.masked(text));
    assert.deepEqual(concerns(), []);

    Deno.chmodSync(plan.config ?? "", 0o600);
    const [unreadable = "", ...others] = concerns();
    assert.deepEqual(others, []);
    assert.equal(
      unreadable,
      'the schedule runs as user 1, who owns the library and may not read "HOME/root/backup.toml": ' +
        "name that user's own with --config",
    );
    // As a member of its group.
    Deno.chownSync(plan.config ?? "", 0, DAEMON);
    Deno.chmodSync(plan.config ?? "", 0o640);
    assert.deepEqual(concerns(), []);

    Deno.chmodSync(join(home.path, "root"), 0o700);
    assert.deepEqual(
      concerns().map((text) => text.replace(/:.*/, "")),
      ["backup.toml", "vpo-backup"].map((name) =>
        `the schedule runs as user 1, who owns the library and cannot reach "HOME/root/${name}", because "HOME/root" is closed`
      ),
    );
    assert.deepEqual(concerns({ owner: 0, program: "vpo-backup" }), [], "the cron of root may read all");
  },
});

Deno.test({
  name: "concernsOf: directories of the library's owner behind one that is closed",
  ignore: !isRoot,
  fn() {
    using home = Home.withLibrary();
    const plan = { ...plannedIn(home), config: null, program: "vpo-backup" };
    Deno.chmodSync(home.path, 0o700);
    for (const system of ["cron", "systemd"]) {
      assert.deepEqual(concernsOf(plan, system).map((text) => home.masked(text)), [
        'the schedule runs as user 1, who owns the library and cannot reach "HOME/.vpo", because "HOME" is closed',
        'the schedule runs as user 1, who owns the library and cannot reach "HOME/.vpo/backups", because "HOME" is closed',
      ]);
    }
  },
});
