import assert from "node:assert/strict";
import { join } from "node:path";
import { triesAll } from "../support/extent.ts";
import { BusyWriter, COUNT_UNITS, UNITS } from "../support/busy_writer.ts";
import { hasPython, runPython } from "../support/commands.ts";
import { Home } from "../support/home.ts";

const BACKUPS = Number(Deno.env.get("VPO_TEST_BACKUPS") ?? (triesAll ? 10 : 2));

/** Reads all archives as VPO would and gives what each is found to hold. */
const READ_ARCHIVES = `
import os, sqlite3, tarfile, tempfile
found = []
for path in input["archives"]:
    with tempfile.TemporaryDirectory() as directory:
        with tarfile.open(path, "r:gz") as archive:
            metadata = json.load(archive.extractfile(archive.getmember("backup_metadata.json")))
            archive.extract("library.db", directory)
        database = os.path.join(directory, "library.db")
        size = os.path.getsize(database)
        connection = sqlite3.connect(database)
        found.append({
            "integrity": connection.execute("PRAGMA integrity_check").fetchone()[0],
            "units": connection.execute(input["count"]).fetchone()[0],
            "files": connection.execute("SELECT count(*) FROM files").fetchone()[0],
            "described": metadata["file_count"] == 400 and metadata["database_size_bytes"] == size,
        })
        connection.close()
print(json.dumps(found))
`;

Deno.test({
  name: `backup: ${BACKUPS} backups beside a process that never stops committing are each of one moment`,
  ignore: !hasPython,
  async fn() {
    using home = Home.withLibrary();
    await using writer = await BusyWriter.start(home.library);
    const archives: string[] = [];
    let commits = (await writer.counts()).commits;
    for (let made = 0; made < BACKUPS; made++) {
      const path = join(home.path, `${made}.tar.gz`);
      const { code, stderr } = await home.run(["backup", "-v", "--output", path]);
      assert.equal(code, 0, stderr);
      assert.equal(stderr.match(/ step copy library /g)?.length, 1, stderr);
      const counts = await writer.counts();
      assert(counts.commits > commits, "the writer goes on");
      assert.equal(counts.refused, 0, "the writer is never kept waiting");
      commits = counts.commits;
      archives.push(path);
    }
    const found = await runPython(READ_ARCHIVES, { archives, count: COUNT_UNITS });
    assert.deepEqual(found, archives.map(() => ({ integrity: "ok", units: UNITS, files: 400, described: true })));
  },
});
