import assert from "node:assert/strict";
import { join } from "node:path";
import { someOf } from "../support/extent.ts";
import { Faults } from "../support/faults.ts";
import { Home } from "../support/home.ts";
import { cannotIntercept } from "../torture/support/file_calls.ts";

const faults = new Faults();
Deno.test.afterAll(() => faults[Symbol.dispose]());

// Every later backup failed, too, and nothing said which file it was.
for (const [mishap, reason] of someOf([["EIO", "Input/output error"], ["ESTALE", "Stale file handle"]] as const, 1)) {
  Deno.test({
    name: `backup: ${mishap} from the earlier archive is a warning that names it, and no reason to fail`,
    ignore: cannotIntercept() !== null,
    async fn() {
      using home = Home.withLibrary();
      assert.equal((await home.run(["backup"])).code, 0);
      const [name = ""] = home.archives();
      const earlier = join(home.backups, name);
      const call = { kind: "read", path: earlier } as const;
      const count = await faults.count({ reads: true, call }, home, "backup");
      for (const later of home.archives()) if (later !== name) Deno.removeSync(join(home.backups, later));
      const { code, stdout, stderr } = await faults.run({ at: count, call, mishap, reads: true }, home, "backup");
      const [path] = /(?<=Backup created: ).*/.exec(stdout) ?? [];
      assert.equal(
        home.masked(stderr),
        home.masked(`Warning: "${earlier}" cannot be read to its end: ${reason}; the rest was compressed again\n`),
      );
      assert.equal(code, 0);
      assert.equal((await home.run(["verify", path ?? ""])).code, 0);
    },
  });
}
