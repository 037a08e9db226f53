import { join } from "node:path";
import { parseArgs } from "node:util";
import { formatSize, formatTable } from "../src/output/format.ts";
import { backupPeers, limits, type Peer, type Places, repeatedPeers, VPO_WAY } from "./bench/peers.ts";
import { compileEmpty } from "./bench/empty_executable.ts";
import { secondsToFirstStep } from "./bench/first_step.ts";
import { profile } from "./bench/profile.ts";
import { PYTHON } from "./bench/python.ts";
import { type Lap, median, race, type Runner } from "./bench/race.ts";
import { Figures, growthLines, PEAK } from "./bench/targets.ts";
import { changeLibrary, makeLibrary } from "./make_library.ts";
import { permissionFlags, RUNTIME_FLAGS } from "./permissions.ts";
import { passNight } from "./sample/night.ts";

/**
 * Compares the program with what people use instead, in the same run, in turn.
 *
 * bench.ts [--files 60000[,600000…]] [--rounds 7] [--only WORD]: the executable named by VPO_BACKUP_BIN, else the source.
 * With an executable, run it by the Deno that compiled it: that compiles an empty one to compare the start with.
 */
const ROOT = join(import.meta.dirname ?? ".", "..");
const LISTED_ARCHIVES = 200;
/** Python reads through each of them: a few tell enough. */
const LISTED_BY_PEER = 10;
const CHANGED_FRACTION = 0.01;
/** Starts are short: more of them are timed than of the rest. */
const STARTS = 15;
/** Of a list of archives, seconds beside the start. */
const LIST_SECONDS = 0.1;
const LIST_STARTS = 1.5;
const BYTES_PER_MB = 1024 * 1024;

const { values } = parseArgs({
  args: Deno.args,
  options: { files: { type: "string" }, rounds: { type: "string" }, only: { type: "string" } },
});
const sizes = (values.files ?? "60000").split(",").map(Number);
const rounds = Number(values.rounds ?? 7);

type Command = Runner["command"];

const EMPTY = "an empty executable";
const BINARY = Deno.env.get("VPO_BACKUP_BIN") ?? "";
const tools = Deno.makeTempDirSync({ prefix: "vpo-bench-tools-" });
/** Path of an executable that does nothing; null from source. */
const empty = BINARY === "" ? null : compileEmpty(tools);
let figures = new Figures();

function program(...args: string[]): Command {
  if (BINARY !== "") return [BINARY, ...args];
  return [Deno.execPath(), "run", ...RUNTIME_FLAGS, ...permissionFlags(), join(ROOT, "src", "main.ts"), ...args];
}

/** Peers that this machine has; a missing one is left out and named. */
function present(runners: readonly Peer[]): Runner[] {
  return runners.filter(({ name, needs }) => {
    if (needs === undefined || isInstalled(needs)) return true;
    say(`(${name}: ${needs} is not installed)`);
    return false;
  });
}

function isInstalled(tool: string): boolean {
  return new Deno.Command("sh", { args: ["-c", `command -v ${tool}`], stdout: "null" }).outputSync().code === 0;
}

/** Prints the laps with the time of the first runner as a share of each. */
function show(title: string, laps: readonly Lap[]): void {
  const rows = laps.map(({ name, seconds, ratio, peak }, index) => [
    name,
    `${seconds.toFixed(2)} s`,
    index === 0 ? "" : ratio.toFixed(2),
    peak === null ? "" : formatSize(peak),
  ]);
  const columns = [
    { title, align: "left" },
    { title: "median", align: "right" },
    { title: "ours / its", align: "right" },
    { title: "peak memory", align: "right" },
  ] as const;
  say(formatTable(columns, rows).join("\n") + "\n");
}

/** Prints where the time of one of our commands goes. */
function showSteps(title: string, command: Command, { work }: Places, before: () => void = () => {}): void {
  const steps = profile(command, rounds, join(work, "..", "steps.jsonl"), before);
  const total = steps.reduce((sum, { seconds }) => sum + seconds, 0);
  const rows = [...steps, { step: "together", seconds: total }].map(({ step, seconds }) => [
    step,
    `${seconds.toFixed(2)} s`,
    `${Math.round(100 * seconds / total)}%`,
  ]);
  const columns = [
    { title: `steps of a ${title}`, align: "left" },
    { title: "median", align: "right" },
    { title: "share", align: "right" },
  ] as const;
  say(formatTable(columns, rows).join("\n") + "\n");
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

const HEADINGS = ["fresh", "unchanged", "skipped", "night", "spread", "restore", "check", "list", "start"] as const;

const RACES: Readonly<Record<typeof HEADINGS[number], (places: Places) => void>> = {
  fresh(places) {
    const command = program(
      "backup",
      "--library",
      places.library,
      "--output",
      join(places.ours, "fresh.tar.gz"),
      "--force",
    );
    const laps = race(
      present([{ name: "vpo-backup backup", command }, ...backupPeers(places), ...limits(places)]),
      rounds,
    );
    show("fresh backup", laps);
    figures.noteRatios("fresh", laps);
    figures.note("fresh, seconds", null, laps[0]?.seconds ?? NaN);
    const peak = laps[0]?.peak ?? null;
    if (peak !== null) figures.note(PEAK, null, peak / BYTES_PER_MB);
    const size = (path: string) => Deno.statSync(path).size;
    const [own, peer] = [size(join(places.ours, "fresh.tar.gz")), size(join(places.theirs, "vpo.tar.gz"))];
    figures.note("size of the archive", "gzip -9", own / peer);
    say(`archive: ours ${formatSize(own)}, python3's ${formatSize(peer)}, ratio ${(own / peer).toFixed(3)}\n`);
    showSteps("fresh backup", command, places);
  },
  unchanged(places) {
    const own = backUpAgain(places);
    const laps = race(present([own, ...repeatedPeers(places)]), rounds, { warmUp: true });
    show("backup of an unchanged library", laps);
    figures.noteRatios("unchanged", laps);
    showSteps("backup of an unchanged library", own.command, places);
  },
  skipped(places) {
    const { name, command } = backUpAgain(places);
    const own: Runner = { name: `${name} --skip-unchanged`, command: [...command, "--skip-unchanged"] };
    const peers = repeatedPeers(places).filter(({ needs }) => needs === "restic" || needs === "borg");
    const laps = race(present([own, ...peers]), rounds, { warmUp: true });
    show("look at an unchanged library", laps);
    figures.noteRatios("unchanged, --skip-unchanged", laps);
    showSteps("look at an unchanged library", own.command, places);
  },
  night(places) {
    const before = () => passNight(places.library);
    const own = backUpAgain(places);
    const laps = race(present([{ ...own, before }, ...repeatedPeers(places)]), rounds, { warmUp: true });
    show("backup after a night of VPO", laps);
    figures.noteRatios("night", laps);
    showSteps("backup after a night of VPO", own.command, places, before);
  },
  spread(places) {
    const before = () => void changeLibrary(places.library, { fraction: CHANGED_FRACTION });
    const runners = present([{ ...backUpAgain(places), before }, ...repeatedPeers(places)]);
    show("backup after 1% changed, spread evenly", race(runners, rounds));
  },
  restore(places) {
    const { library, ours, theirs, work } = places;
    const target = join(work, "restored.db");
    const before = () => {
      for (const { name } of Deno.readDirSync(work)) Deno.removeSync(join(work, name), { recursive: true });
      Deno.copyFileSync(library, target);
    };
    const command = program("restore", join(ours, "fresh.tar.gz"), "--library", target, "--yes");
    const peer: Command = [PYTHON, VPO_WAY, "restore", join(theirs, "vpo.tar.gz"), target];
    const own = { name: "vpo-backup restore", command, before };
    const laps = race([own, { name: "python3, as VPO", command: peer, before }], rounds);
    show("restore", laps);
    figures.noteRatios("restore", laps);
    figures.note("restore, seconds", null, laps[0]?.seconds ?? NaN);
    showSteps("restore", command, places, before);
  },
  check({ ours, work }) {
    const archive = join(ours, "fresh.tar.gz");
    const laps = race([
      { name: "verify --quick, checksums only", command: program("verify", archive, "--quick") },
      { name: "gzip -t, checksums only", command: ["gzip", "-t", archive] },
      {
        name: "restore --dry-run, all checks",
        command: program("restore", archive, "--library", join(work, "none.db"), "--dry-run"),
      },
    ], rounds);
    show("check an archive", laps);
    figures.noteRatios("verify --quick", laps);
  },
  list({ library, ours, theirs }) {
    for (let number = 0; number < LISTED_ARCHIVES; number++) {
      const second = String(number % 60).padStart(2, "0");
      const minute = String(Math.floor(number / 60)).padStart(2, "0");
      const name = `vpo-library-2026-01-01T00-${minute}-${second}Z.tar.gz`;
      Deno.linkSync(join(ours, "fresh.tar.gz"), join(ours, name));
      if (number < LISTED_BY_PEER) Deno.linkSync(join(theirs, "vpo.tar.gz"), join(theirs, name));
    }
    const command = program("backups", "--path", ours, "--library", library);
    const runner = { name: "vpo-backup backups", command };
    const own = race(empty === null ? [runner] : [runner, { name: EMPTY, command: [empty] }], STARTS);
    const [list, start] = own;
    if (list !== undefined && start !== undefined) {
      const most = LIST_STARTS * start.seconds + LIST_SECONDS;
      figures.note("list 200", "1.5 × an empty executable + 0.1 s", list.seconds / most);
    }
    const share = LISTED_ARCHIVES / LISTED_BY_PEER;
    const name = `python3, as VPO: ${share} times as long as ${LISTED_BY_PEER} of them take`;
    const peers = race([{ name, command: [PYTHON, VPO_WAY, "list", theirs] }], 1).map((lap) => {
      const seconds = lap.seconds * share;
      return { ...lap, seconds, ratio: (own[0]?.seconds ?? NaN) / seconds };
    });
    show(`list ${LISTED_ARCHIVES} archives`, [...own, ...peers]);
  },
  start({ library, ours }) {
    if (BINARY !== "") say(`the executable: ${formatSize(Deno.statSync(BINARY).size)}\n`);
    const runners: Runner[] = [
      { name: "vpo-backup --version", command: program("--version") },
      { name: "python3 -c import", command: [PYTHON, "-c", "import sqlite3, tarfile"] },
      ...(empty === null ? [] : [{ name: EMPTY, command: [empty] } as const]),
    ];
    show("start", race(runners, STARTS));
    if (empty === null) return;
    const command = program(
      "backup",
      "--library",
      library,
      "--output",
      join(ours, "fresh.tar.gz"),
      "--force",
      "--dry-run",
    );
    const pairs = Array.from({ length: STARTS }, () => {
      const first = secondsToFirstStep(command);
      return { first, ratio: first / (race([{ name: EMPTY, command: [empty] }], 1)[0]?.seconds ?? NaN) };
    });
    const ratio = median(pairs.map(({ ratio }) => ratio));
    const seconds = median(pairs.map(({ first }) => first));
    say(`to the first step of a backup: ${seconds.toFixed(2)} s, ${ratio.toFixed(2)} of an empty executable\n`);
    figures.note("to the first step of a backup", "an empty executable", ratio);
  },
};

/** Into the directory where the last one went, whose blocks it may use again. */
function backUpAgain({ library, ours }: Places): Runner {
  return {
    name: "vpo-backup backup",
    command: program("backup", "--make-dir", "--library", library, "--backup-dir", ours),
  };
}

function bench(directory: string, files: number): Figures {
  figures = new Figures();
  const places = {
    library: join(directory, "library.db"),
    ours: join(directory, "ours"),
    theirs: join(directory, "theirs"),
    work: join(directory, "work"),
  };
  for (const path of [places.ours, places.theirs, places.work]) Deno.mkdirSync(path);
  makeLibrary(places.library, { files });
  const { size } = Deno.statSync(places.library);
  const system = `${Deno.build.target}, ${navigator.hardwareConcurrency} cores, Deno ${Deno.version.deno}`;
  say(
    `${files} files, ${formatSize(size)}; median of ${rounds}; ${system}; ${new Date().toISOString().slice(0, 10)}\n`,
  );
  for (const heading of HEADINGS) {
    if (values.only === undefined || heading.includes(values.only) || heading === "fresh") RACES[heading](places);
  }
  say(figures.lines().join("\n") + "\n");
  return figures;
}

try {
  if (BINARY !== "" && empty === null) say("(no empty executable could be compiled to compare the start with)");
  const all: Figures[] = [];
  for (const files of sizes) {
    const directory = Deno.makeTempDirSync({ prefix: "vpo-bench-" });
    try {
      all.push(bench(directory, files));
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  }
  for (const line of growthLines(sizes, all)) say(line);
} finally {
  Deno.removeSync(tools, { recursive: true });
}
