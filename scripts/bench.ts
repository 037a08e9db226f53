import { join } from "node:path";
import { parseArgs } from "node:util";
import { formatSize, formatTable } from "../src/output/format.ts";
import { backupPeers, limits, type Peer, type Places, repeatedPeers, VPO_WAY } from "./bench/peers.ts";
import { profile } from "./bench/profile.ts";
import { type Lap, race, type Runner } from "./bench/race.ts";
import { changeLibrary, makeLibrary } from "./make_library.ts";
import { permissionFlags, RUNTIME_FLAGS } from "./permissions.ts";
import { passNight } from "./sample/night.ts";

/**
 * Compares the program with what people use instead, in the same run, in turn.
 *
 * bench.ts [--files 60000[,600000…]] [--rounds 7] [--only WORD]: the executable named by VPO_BACKUP_BIN, else the source.
 */
const ROOT = join(import.meta.dirname ?? ".", "..");
const LISTED_ARCHIVES = 200;
/** Python reads through each of them: a few tell enough. */
const LISTED_BY_PEER = 10;
const CHANGED_FRACTION = 0.01;

const { values } = parseArgs({
  args: Deno.args,
  options: { files: { type: "string" }, rounds: { type: "string" }, only: { type: "string" } },
});
const sizes = (values.files ?? "60000").split(",").map(Number);
const rounds = Number(values.rounds ?? 7);

type Command = Runner["command"];

function program(...args: string[]): Command {
  const binary = Deno.env.get("VPO_BACKUP_BIN");
  if (binary !== undefined && binary !== "") return [binary, ...args];
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

const HEADINGS = ["fresh", "unchanged", "night", "spread", "restore", "check", "list", "start"] as const;

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
    const size = (path: string) => Deno.statSync(path).size;
    const [own, peer] = [size(join(places.ours, "fresh.tar.gz")), size(join(places.theirs, "vpo.tar.gz"))];
    say(`archive: ours ${formatSize(own)}, python3's ${formatSize(peer)}, ratio ${(own / peer).toFixed(3)}\n`);
    showSteps("fresh backup", command, places);
  },
  unchanged(places) {
    const own = backUpAgain(places);
    show("backup of an unchanged library", race(present([own, ...repeatedPeers(places)]), rounds));
    showSteps("backup of an unchanged library", own.command, places);
  },
  night(places) {
    const before = () => passNight(places.library);
    const own = backUpAgain(places);
    show("backup after a night of VPO", race(present([{ ...own, before }, ...repeatedPeers(places)]), rounds));
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
    const peer: Command = ["python3", VPO_WAY, "restore", join(theirs, "vpo.tar.gz"), target];
    show(
      "restore",
      race(
        [{ name: "vpo-backup restore", command, before }, { name: "python3, as VPO", command: peer, before }],
        rounds,
      ),
    );
    showSteps("restore", command, places, before);
  },
  check({ ours, work }) {
    const archive = join(ours, "fresh.tar.gz");
    const command = program("restore", archive, "--library", join(work, "none.db"), "--dry-run");
    show(
      "check an archive",
      race(
        [
          { name: "restore --dry-run", command },
          { name: "gzip -t, checksums only", command: ["gzip", "-t", archive] },
          { name: "verify --quick, checksums only", command: program("verify", archive, "--quick") },
        ],
        rounds,
      ),
    );
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
    const own = race([{ name: "vpo-backup backups", command }], rounds);
    const share = LISTED_ARCHIVES / LISTED_BY_PEER;
    const name = `python3, as VPO: ${share} times as long as ${LISTED_BY_PEER} of them take`;
    const peers = race([{ name, command: ["python3", VPO_WAY, "list", theirs] }], 1).map((lap) => {
      const seconds = lap.seconds * share;
      return { ...lap, seconds, ratio: (own[0]?.seconds ?? NaN) / seconds };
    });
    show(`list ${LISTED_ARCHIVES} archives`, [...own, ...peers]);
  },
  start() {
    const binary = Deno.env.get("VPO_BACKUP_BIN") ?? "";
    if (binary !== "") say(`the executable: ${formatSize(Deno.statSync(binary).size)}\n`);
    const peer: Command = ["python3", "-c", "import sqlite3, tarfile"];
    show(
      "start",
      race([{ name: "vpo-backup --version", command: program("--version") }, {
        name: "python3 -c import",
        command: peer,
      }], rounds),
    );
  },
};

/** Into the directory where the last one went, whose blocks it may use again. */
function backUpAgain({ library, ours }: Places): Runner {
  return {
    name: "vpo-backup backup",
    command: program("backup", "--make-dir", "--library", library, "--backup-dir", ours),
  };
}

function bench(directory: string, files: number): void {
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
}

for (const files of sizes) {
  const directory = Deno.makeTempDirSync({ prefix: "vpo-bench-" });
  try {
    bench(directory, files);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}
