import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Request } from "../../../src/engine/protocol/mod.ts";
import { listRequest } from "../../../src/cli/options/archive.ts";
import { settingsBelow } from "../../support/settings.ts";
import { run } from "../../support/commands.ts";
import { execute } from "../../support/database.ts";
import { planRequest } from "../../support/results.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";
import type { Attempts, Places } from "./sandbox_worker.ts";
import { NO_PLACES } from "../../support/settings.ts";

/** How Deno says that a permission is missing. */
const REFUSED = /^NotCapable: /;

const LARGE_BYTES = 32 * 1024 * 1024;

interface Found {
  /** By the worker that touches the databases and archives. */
  readonly engine: Attempts;
  /** By those that only compress and decompress. */
  readonly blocks: readonly Attempts[];
  readonly check: readonly Attempts[];
}

function requests(home: Home): Readonly<Record<Request["verb"], Request>> {
  const library = { library: home.library, waitSeconds: 0, dryRun: false };
  const backups = { directory: home.backups, existing: home.backups };
  const beside = { directory: home.vpo, existing: home.vpo };
  const archive = join(home.backups, VPO_ARCHIVES.present);
  return {
    backup: {
      verb: "backup",
      ...library,
      destination: backups,
      filename: null,
      claim: false,
      force: false,
      level: 6,
      reuse: true,
      skipUnchanged: false,
      anyDatabase: false,
      tempDirectory: null,
      settings: null,
    },
    copy: {
      verb: "copy",
      archive,
      databaseSha256: "",
      createdAt: "2026-02-05T14:30:22Z",
      destination: backups,
      claim: false,
      workPlaces: [home.vpo],
    },
    restore: {
      verb: "restore",
      settings: null,
      ...library,
      destination: beside,
      archive,
      force: false,
      anyDatabase: false,
      confirm: false,
    },
    "restore settings": {
      verb: "restore settings",
      archive,
      settings: { destination: settingsBelow(home.vpo), wish: { settings: true, plugins: true } },
      dryRun: false,
      confirm: false,
    },
    undo: { verb: "undo", ...library, source: null, destination: beside, confirm: false, settingsDirectory: null },
    list: listRequest(home.backups),
    "find latest": {
      verb: "find latest",
      directory: home.backups,
      library: home.library,
      waitSeconds: 0,
      unpack: false,
      except: [],
    },
    "plan prune": planRequest(home.backups, home.library),
    status: {
      verb: "status",
      directory: home.backups,
      directoryFound: true,
      library: home.library,
      waitSeconds: 0,
      maxAgeSeconds: 3600,
      copies: { places: [], maxAgeSeconds: 3600 },
    },
    doctor: {
      verb: "doctor",
      settings: NO_PLACES,
      library: home.library,
      directory: home.backups,
      directoryFound: true,
      mayWrite: true,
      missingPermissions: [],
      libraryRemarks: [],
      waitSeconds: 0,
      maxAgeSeconds: null,
      copies: { places: [], maxAgeSeconds: 3600 },
      writable: [],
    },
    prune: {
      verb: "prune",
      plan: {
        kind: "prune planned",
        directory: home.backups,
        kept: [],
        removed: [],
        newest: [],
        leftAlone: [],
        doubtful: [],
      },
    },
    diff: {
      verb: "diff",
      settings: NO_PLACES,
      from: { kind: "backup", path: archive },
      to: { kind: "library", path: home.library },
      tempDirectory: null,
      library: home.library,
      waitSeconds: 0,
      limit: null,
    },
    extract: {
      verb: "extract",
      archive,
      destination: { directory: home.backups, existing: home.backups },
      salvage: false,
      settings: false,
      anyDatabase: false,
      libraries: [],
    },
    show: { verb: "show", settings: NO_PLACES, archive, quick: false, tempDirectory: null, library: null },
    verify: { verb: "verify", archive, quick: false, tempDirectory: null, library: null, anyDatabase: false },
    "verify several": {
      verb: "verify several",
      archives: [archive],
      quick: false,
      tempDirectory: null,
      library: null,
      anyDatabase: false,
    },
  };
}

/** What code in the workers of a request of this verb can do. */
async function explore(verb: Request["verb"]): Promise<Found> {
  using home = Home.withLibrary();
  using elsewhere = new TemporaryDirectory();
  home.putArchive(VPO_ARCHIVES.present);
  // Only what is large enough gets workers that compress; that zeros follow does not matter here.
  for (const path of [home.library, join(home.backups, VPO_ARCHIVES.present)]) Deno.truncateSync(path, LARGE_BYTES);
  const outside = elsewhere.file("outside.db");
  execute(outside, "CREATE TABLE secrets (secret)");
  const places: Places = {
    library: home.library,
    beside: join(home.vpo, "new file"),
    destination: join(verb === "restore" || verb === "undo" ? home.vpo : home.backups, "made"),
    outside,
    free: elsewhere.file("free"),
  };
  const program = fileURLToPath(new URL("sandbox_program.ts", import.meta.url));
  const args = ["run", "--quiet", "--no-check", "--no-code-cache", "-A", program, JSON.stringify(requests(home)[verb])];
  const { code, stdout, stderr } = await run(Deno.execPath(), [...args, JSON.stringify(places)]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(elsewhere.names(), ["outside.db"], "nothing was made outside");
  return JSON.parse(stdout) as Found;
}

/** What a worker could do, by name; all else must have been refused for want of a permission. */
function granted(attempts: Attempts): string[] {
  const names: string[] = [];
  for (const [name, ended] of Object.entries(attempts)) {
    if (ended === "done") names.push(name);
    else assert.match(ended, REFUSALS[name] ?? REFUSED, `${name}: ${ended}`);
  }
  return names;
}

/** Where Deno says it otherwise. */
const REFUSALS: Readonly<Record<string, RegExp>> = {
  "attach a database outside": /max 0$/,
  "vacuum into a file outside": /max 0$/,
  "import code from outside": /^TypeError: Requires read access to /,
  "import code from the network": /^TypeError: Requires import access to /,
};

const WORK = "make a file in the work directory";
const READ_ONLY = [WORK, "read the library", "ask for free space"];
const READ_AND_OUTPUT = [WORK, "read the library", "make a file in the destination", "ask for free space"];
const READ_AND_WRITE = [
  WORK,
  "read the library",
  "write the library",
  "make a file beside the library",
  "make a file in the destination",
  "ask for free space",
];

Deno.test("the engine's worker: for a backup it reads the library, writes the backup directory, and does no more", async () => {
  assert.deepEqual(granted((await explore("backup")).engine), READ_AND_OUTPUT);
});

Deno.test("the engine's worker: an examination reads the library, and writes the backup directory to see if it may", async () => {
  assert.deepEqual(granted((await explore("doctor")).engine), READ_AND_OUTPUT);
});

for (const verb of ["restore", "undo"] as const) {
  Deno.test(`the engine's worker: for ${verb} it reads and writes the library's directory, and does no more`, async () => {
    assert.deepEqual(granted((await explore(verb)).engine), READ_AND_WRITE);
  });
}

Deno.test("the engine's worker: for settings it writes nothing but their places, not even beside them", async () => {
  assert.deepEqual(granted((await explore("restore settings")).engine), READ_ONLY);
});

Deno.test("the engine's worker: for a list it can write nothing and not even look at the library", async () => {
  assert.deepEqual(granted((await explore("list")).engine), []);
});

Deno.test("the engine's worker: for status it can read and write nothing", async () => {
  assert.deepEqual(granted((await explore("status")).engine), ["read the library", "ask for free space"]);
});

Deno.test("the engine's worker: for prune it has the backup directory, and only to plan it cannot even write there", async () => {
  assert.deepEqual(granted((await explore("plan prune")).engine), ["read the library", "ask for free space"]);
  assert.deepEqual(granted((await explore("prune")).engine), ["make a file in the destination"]);
});

for (const verb of ["verify", "show"] as const) {
  Deno.test(`the engine's worker: for ${verb} it writes where it unpacks, and cannot even look at the library`, async () => {
    assert.deepEqual(granted((await explore(verb)).engine), [WORK]);
  });
}

Deno.test("the engine's worker: for diff it reads the library, writes where it unpacks, and does no more", async () => {
  assert.deepEqual(granted((await explore("diff")).engine), READ_ONLY);
});

Deno.test("the workers that compress: they can do nothing outside themselves", async () => {
  for (const verb of ["backup", "restore", "verify", "diff"] as const) {
    const { blocks } = await explore(verb);
    assert(blocks.length > 0);
    for (const attempts of blocks) assert.deepEqual(granted(attempts), []);
  }
});

Deno.test("the worker that checks a backup's copy: it may use the work directory, and nothing else", async () => {
  const { check } = await explore("backup");
  assert.deepEqual(check.map(granted), [[WORK]]);
  assert.deepEqual((await explore("restore")).check, []);
});
