import assert from "node:assert/strict";
import { basename, join, relative } from "node:path";
import { isSound } from "../../support/database.ts";
import { directoryState } from "../../support/directory_state.ts";
import type { Home } from "../../support/home.ts";
import type { Group } from "../group.ts";
import { sitesOf } from "../support/course.ts";
import { cannotIntercept, type FileCall, Interceptor } from "../support/file_calls.ts";
import { sampled } from "../support/sampling.ts";
import { type Writer, WRITERS } from "../support/writers.ts";

/** Calls that change nothing. */
const LOOKS = ["open", "read", "fsync", "lock"];
const KILLED = 128 + 9;
const REFUSED = 2;
const FINE = [0, 60];
const HOUR_MS = 3_600_000;

type State = Readonly<Record<string, string>>;

/** A command, a call at which it is killed, and what is there when it is not. */
interface Case {
  readonly writer: Writer;
  readonly call: FileCall;
  readonly complete: State;
}

async function casesOf(writer: Writer, interceptor: Interceptor): Promise<Case[]> {
  using home = await writer.make();
  const { env, calls } = interceptor.prepare({ below: home.path, noLinks: writer.noLinks === true });
  const { code, stderr } = await home.run(writer.args, { env });
  assert.equal(code, 0, stderr);
  const changes = sitesOf(calls().calls).filter(({ kind }) => !LOOKS.includes(kind));
  const complete = directoryState(home.path);
  return changes.map((call) => ({ writer, call: { ...call, path: relative(home.path, call.path) }, complete }));
}

async function attempt({ writer, call, complete }: Case, interceptor: Interceptor): Promise<void> {
  using home = await writer.make();
  const before = directoryState(home.path);
  const setting = { below: home.path, noLinks: writer.noLinks === true };
  const { env } = interceptor.prepare({ ...setting, at: call.place, mishap: "SIGKILL" });
  assert.equal((await home.run(writer.args, { env })).code, KILLED);
  await requireWhole(home, before, complete, writer);

  letTimePass(home);
  const exits = writer.once !== undefined && writer.once in directoryState(home.path) ? [REFUSED] : FINE;
  const next = await home.run(writer.next ?? writer.args, { env: interceptor.prepare(setting).env });
  assert(exits.includes(next.code), `the next run: ${next.stderr}`);
  await requireWhole(home, before, complete, writer);
  const last = await home.run(["backup"]);
  assert.equal(last.code, 0, `a backup: ${last.stderr}`);
  assert.deepEqual(strangersIn(home), [], "nothing is left over");
}

/** Each file is as before, or as after a run that nobody disturbs; nothing is there that is neither. */
async function requireWhole(home: Home, before: State, complete: State, writer: Writer): Promise<void> {
  const now = directoryState(home.path);
  for (const path of Object.keys(before)) {
    assert(path in now || writer.removes?.test(path) === true || isSideFile(path), `"${path}" has gone`);
  }
  const known = new Set([...Object.values(before), ...Object.values(complete)].map(contentOf));
  for (const [path, what] of Object.entries(now)) {
    if (known.has(contentOf(what)) || isStranger(path) || isSideFile(path)) continue;
    const full = join(home.path, path);
    if (path.endsWith(".tar.gz")) {
      const { code, stderr } = await home.run(["verify", full]);
      assert.equal(code, 0, stderr);
    } else if (/\.db(\.before-restore-[^/]*)?$/.test(path)) assert(isSound(full), `"${path}" is unsound`);
    else if (/\/\.vpo-backup-(place|copies)$/.test(path)) JSON.parse(Deno.readTextFileSync(full));
    else assert.match(path, /\.html$|(^|\/)units\//, `"${path}" is neither old nor new`);
  }
}

/** Of a file all but its mode, which comes last and may be missing yet. */
function contentOf(what: string): string {
  return what.replace(/\d+(?= )|(?<=^directory) \d+/, "");
}

function isSideFile(path: string): boolean {
  return /-(wal|shm|journal)$/.test(path);
}

/** Whether a path leads to what no run leaves but a killed one. */
function isStranger(path: string): boolean {
  return path.split("/").some((name) => /^\.+vpo-backup-(?!place$|copies$)|\.(claim|tmp)$/.test(name));
}

function strangersIn(home: Home): string[] {
  return Object.keys(directoryState(home.path)).filter(isStranger);
}

/** Lets an hour go by for what a live run would hold for a moment. */
function letTimePass(home: Home): void {
  const then = new Date(Date.now() - HOUR_MS);
  for (const path of strangersIn(home)) {
    const full = join(home.path, path);
    const { isDirectory } = Deno.lstatSync(full);
    const isLockless = isDirectory && !Array.from(Deno.readDirSync(full), ({ name }) => name).includes("lock");
    if (isLockless || /\.(place|trial|claim)$/.test(basename(path))) Deno.utimeSync(full, then, then);
  }
}

export const killWriting: Group = {
  name: "kill -9 at every change",
  unavailable: cannotIntercept,
  async *trials(ground) {
    const interceptor = Interceptor.compile(ground.directory);
    const cases: Case[] = [];
    for (const writer of sampled(ground, WRITERS)) cases.push(...await casesOf(writer, interceptor));
    for (const one of sampled(ground, cases)) {
      const { writer: { args, noLinks }, call: { place, kind, path } } = one;
      const where = `at call ${place}, ${kind} ${path}${noLinks === true ? ", without hard links" : ""}`;
      yield { name: `${args.join(" ")}: killed ${where}`, run: () => attempt(one, interceptor) };
    }
  },
};
