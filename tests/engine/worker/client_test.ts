import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Attendant, Engines, runEngine } from "../../../src/engine/worker/client.ts";
import { grantsFor } from "../../../src/engine/worker/verbs.ts";
import type {
  BackupRequest,
  EngineEvent,
  Question,
  Replacement,
  RestoreRequest,
} from "../../../src/engine/protocol/mod.ts";
import { BackupError, declined } from "../../../src/errors.ts";
import { directoryState } from "../../support/directory_state.ts";
import { temporariesIn } from "../../support/large_home.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";
import { BINARY } from "../../support/program.ts";

const INTERRUPTED = new BackupError("interrupted", "Interrupted for the test");

function backupOf(home: Home): BackupRequest {
  return {
    verb: "backup",
    library: home.library,
    destination: { directory: join(home.vpo, "new", "backups"), existing: home.vpo },
    filename: "made.tar.gz",
    claim: false,
    force: false,
    dryRun: false,
    waitSeconds: 5,
    level: 6,
    reuse: true,
    skipUnchanged: false,
    anyDatabase: false,
    tempDirectory: null,
    settings: null,
  };
}

function restoreOf(home: Home): RestoreRequest {
  return {
    verb: "restore",
    settings: null,
    archive: home.putArchive(VPO_ARCHIVES.present),
    library: home.library,
    destination: { directory: home.vpo, existing: home.vpo },
    dryRun: false,
    force: false,
    waitSeconds: 5,
    anyDatabase: false,
    confirm: true,
  };
}

/** Writes down what comes; answers the question and does something at the beginning of each step. */
class Witness implements Attendant {
  readonly steps: string[] = [];
  asked: Replacement | null = null;
  readonly #answer: () => Promise<boolean>;
  readonly #atStep: (step: string) => void;

  constructor(answer: () => Promise<boolean> = () => Promise.resolve(true), atStep: (step: string) => void = () => {}) {
    this.#answer = answer;
    this.#atStep = atStep;
  }

  event(event: EngineEvent): void {
    if (event.kind !== "step") return;
    this.steps.push(event.step);
    this.#atStep(event.step);
  }

  ask(question: Question): Promise<boolean> {
    if (question.kind === "library") this.asked = question.replacement;
    return this.#answer();
  }
}

const never = new AbortController().signal;

Deno.test("runEngine: a backup's steps come in order, and its directories are made", async () => {
  using home = Home.withLibrary();
  const witness = new Witness();
  const result = await runEngine(backupOf(home), witness, never);
  assert.equal(result.kind, "created");
  assert.deepEqual(witness.steps, [
    "lock library",
    "library locked",
    "check space",
    "copy library",
    "check copy",
    "compress",
    "read back",
    "publish",
  ]);
  assert.deepEqual(temporariesIn(home.vpo), []);
  assert.deepEqual(Array.from(Deno.readDirSync(join(home.vpo, "new", "backups")), ({ name }) => name), ["made.tar.gz"]);
});

Deno.test({
  name: "Engines.take: what is there, where it may do all that is asked for, else a new one with no more than that",
  // The grants in it are paths as POSIX has them.
  ignore: Deno.build.os === "windows",
  fn() {
    const engines = new Engines();
    const has = { read: ["/srv/vpo", "/srv/backups"], write: ["/srv/backups"], sys: ["statfs"] } as const;
    const wanted = (read: string[], write: string[] = []) => ({ ...has, read, write });
    const first = engines.take(has);
    engines.giveBack(first);
    const again = engines.take(wanted(["/srv/backups/vpo.tar.gz", "/srv/vpo"], ["/srv/backups"]));
    assert.equal(again, first);
    assert.deepEqual(again.grants, has);
    engines.giveBack(again);
    const refused = [
      wanted(["/srv/vpo-other"]),
      wanted(["/srv"]),
      wanted(["/srv/backups"], ["/srv/vpo"]),
      { ...has, sys: ["statfs", "uid"] },
    ] as const;
    for (const grants of refused) {
      engines.giveBack(engines.take(has));
      const other = engines.take(grants);
      assert.deepEqual(other.grants, grants);
      engines.giveBack(other);
    }
    engines.end();
  },
});

Deno.test("runEngine: one engine serves request after request, with what it could do from the first", async () => {
  using home = Home.withLibrary();
  const engines = new Engines();
  const backup = { ...backupOf(home), destination: { directory: home.vpo, existing: home.vpo }, filename: null };
  const list = {
    verb: "list",
    directory: home.vpo,
    order: "created",
    limit: null,
    verify: false,
    library: null,
  } as const;
  const grants = { read: [home.vpo], write: [home.vpo], sys: ["statfs"] } as const;
  const before = engines.take(grantsFor(backup));
  engines.giveBack(before);
  assert.equal((await runEngine(list, new Witness(), never, engines)).kind, "listed");
  assert.equal((await runEngine(backup, new Witness(), never, engines)).kind, "created");
  assert.equal((await runEngine(restoreOf(home), new Witness(), never, engines)).kind, "restored");
  const after = engines.take(grants);
  assert.equal(after, before);
  engines.giveBack(after);
  Deno.writeTextFileSync(home.library, "scrambled");
  await assert.rejects(runEngine(backup, new Witness(), never, engines));
  assert.notEqual(engines.take(grants), before, "after a failure it is another one");
  engines.end();
});

Deno.test("runEngine: a dry run leaves not even the directories that it made to look", async () => {
  using home = Home.withLibrary();
  const before = directoryState(home.path);
  const result = await runEngine({ ...backupOf(home), dryRun: true }, new Witness(), never);
  assert.equal(result.kind, "planned");
  assert.deepEqual(directoryState(home.path), before);
});

Deno.test("runEngine: a restore asks with what it has found, and goes on after a yes", async () => {
  using home = Home.withLibrary();
  const witness = new Witness();
  const result = await runEngine(restoreOf(home), witness, never);
  assert.equal(result.kind, "restored");
  assert.equal(witness.asked?.fileCount, 400);
  assert.equal(witness.asked.schemaVersion, 27);
  assert.equal(witness.steps.at(-1), "replace library");
});

Deno.test("runEngine: after a no everything is as it was", async () => {
  using home = Home.withLibrary();
  const request = restoreOf(home);
  const before = directoryState(home.path);
  const witness = new Witness(() => Promise.resolve(false));
  await assert.rejects(runEngine(request, witness, never), declined());
  assert.deepEqual(directoryState(home.path), before);
});

Deno.test("runEngine: an error while asking ends the run with that error, and everything is as it was", async () => {
  using home = Home.withLibrary();
  const request = restoreOf(home);
  const before = directoryState(home.path);
  const gone = new Error("the terminal has gone");
  await assert.rejects(runEngine(request, new Witness(() => Promise.reject(gone)), never), gone);
  assert.deepEqual(directoryState(home.path), before);
});

Deno.test("runEngine: interrupted before it began, it ends with the signal's reason and has done nothing", async () => {
  using home = Home.withLibrary();
  const before = directoryState(home.path);
  await assert.rejects(runEngine(backupOf(home), new Witness(), AbortSignal.abort(INTERRUPTED)), INTERRUPTED);
  assert.deepEqual(directoryState(home.path), before);
});

for (const step of ["lock library", "copy library", "compress", "read back"]) {
  Deno.test(`runEngine: interrupted at "${step}", a backup has an archive only if it says so`, async () => {
    using home = Home.withLibrary();
    const before = directoryState(home.path);
    const interruption = new AbortController();
    const witness = new Witness(undefined, (at) => at === step && interruption.abort(INTERRUPTED));
    const ended = await runEngine(backupOf(home), witness, interruption.signal).catch((error) => error);
    if (ended === INTERRUPTED) return assert.deepEqual(directoryState(home.path), before);
    // The library is small: the archive may have been finished before the engine saw the signal.
    assert.equal(ended.kind, "created");
    assert(Deno.statSync(ended.path).isFile);
  });
}

Deno.test("runEngine: interrupted while the question is open, it ends with the signal's reason", async () => {
  using home = Home.withLibrary();
  const request = restoreOf(home);
  const before = directoryState(home.path);
  const interruption = new AbortController();
  const answer = () => {
    interruption.abort(INTERRUPTED);
    return new Promise<boolean>(() => {});
  };
  await assert.rejects(runEngine(request, new Witness(answer), interruption.signal), INTERRUPTED);
  assert.deepEqual(directoryState(home.path), before);
});

Deno.test("runEngine: a failure keeps its code, its words and its hint on the way from the worker", async () => {
  using home = Home.withLibrary();
  Deno.writeTextFileSync(home.library, "no library");
  await assert.rejects(runEngine(backupOf(home), new Witness(), never), (error) => {
    assert(error instanceof BackupError);
    assert.equal(error.code, "not_a_library");
    assert.match(error.message, /^Cannot back up the library: /);
    assert.match(error.hint ?? "", /restore latest/);
    return true;
  });
  assert.deepEqual(Object.keys(directoryState(home.path)), [".vpo", ".vpo/library.db"]);
});

/** The program from source with less than it should have. */
const SOURCE = fileURLToPath(new URL("../../..", import.meta.url));
const ENVIRONMENT =
  "--allow-env=HOME,VPO_DATABASE_PATH,VPO_CONFIG_PATH,VPO_DATA_DIR,VPO_BACKUP_DIR,VPO_BACKUP_COPY_TO,NO_COLOR";

/** Flags that suffice for a backup, of which each is then left out. */
function flagsFor(home: Home): Readonly<Record<"read" | "write" | "sys", string>> {
  return {
    read: `--allow-read=${SOURCE},${home.vpo}`,
    write: `--allow-write=${home.backups}`,
    sys: "--allow-sys=statfs",
  };
}

Deno.test({
  name: "runEngine: with no more than what a backup needs granted, it works",
  ignore: BINARY !== undefined,
  async fn() {
    using home = Home.withLibrary();
    const flags = [...Object.values(flagsFor(home)), ENVIRONMENT, "--no-prompt"];
    const { code, stderr } = await home.run(["backup"], { permissions: flags });
    assert.equal(code, 0, stderr);
  },
});

for (const missing of ["read", "write", "sys"] as const) {
  Deno.test({
    name: `runEngine: without ${missing} permission, the error names the flag that grants it, and nothing is made`,
    ignore: BINARY !== undefined,
    async fn() {
      using home = Home.withLibrary();
      const flags = Object.entries({ ...flagsFor(home), env: ENVIRONMENT, prompt: "--no-prompt" });
      const permissions = flags.filter(([kind]) => kind !== missing).map(([, flag]) => flag);
      if (missing === "read") permissions.push(`--allow-read=${SOURCE},${home.backups}`);
      const { code, stdout } = await home.run(["backup", "--json"], { permissions });
      const document = JSON.parse(stdout) as { code: string; hint: string };
      assert.equal(code, 40);
      assert.equal(document.code, "permission_denied");
      const wanted = {
        read: `--allow-read=${home.vpo}`,
        write: `--allow-write=${home.backups}`,
        sys: "--allow-sys=statfs",
      };
      assert(document.hint.includes(wanted[missing]), document.hint);
      assert.deepEqual(Object.keys(directoryState(home.path)), [".vpo", ".vpo/library.db"]);
    },
  });
}
