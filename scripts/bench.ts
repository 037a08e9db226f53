import { join } from "node:path";
import { parseArgs } from "node:util";
import { formatSize, formatTable } from "../src/output/format.ts";
import { type Lap, race, type Runner } from "./bench/race.ts";
import { changeLibrary, makeLibrary } from "./make_library.ts";
import { permissionFlags, RUNTIME_FLAGS } from "./permissions.ts";

/**
 * Compares the program with what people use instead, in the same run, in turn.
 *
 * bench.ts [--files 60000] [--rounds 7] [--only WORD]: the executable named by VPO_BACKUP_BIN, else the source.
 */
const ROOT = join(import.meta.dirname ?? ".", "..");
const VPO_WAY = join(import.meta.dirname ?? ".", "bench", "vpo_way.py");
const LISTED_ARCHIVES = 200;
/** Python reads through each of them: a few tell enough. */
const LISTED_BY_PEER = 10;
const CHANGED_FRACTION = 0.01;

const { values } = parseArgs({
  args: Deno.args,
  options: { files: { type: "string" }, rounds: { type: "string" }, only: { type: "string" } },
});
const files = Number(values.files ?? 60_000);
const rounds = Number(values.rounds ?? 7);

type Command = readonly [string, ...string[]];

function program(...args: string[]): Command {
  const binary = Deno.env.get("VPO_BACKUP_BIN");
  if (binary !== undefined && binary !== "") return [binary, ...args];
  return [Deno.execPath(), "run", ...RUNTIME_FLAGS, ...permissionFlags(), join(ROOT, "src", "main.ts"), ...args];
}

function shell(script: string, ...args: string[]): Command {
  return ["sh", "-ec", script, "sh", ...args];
}

/** Peers that this machine has; a missing one is left out and named. */
function present(runners: readonly (Runner & { readonly needs?: string })[]): Runner[] {
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
  const ours = laps[0]?.seconds ?? NaN;
  const rows = laps.map(({ name, seconds, peak }, index) => [
    name,
    `${seconds.toFixed(2)} s`,
    index === 0 ? "" : (ours / seconds).toFixed(2),
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

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

/** Where a run keeps its libraries and archives. */
interface Places {
  readonly library: string;
  readonly ours: string;
  readonly theirs: string;
  readonly work: string;
}

function backupPeers({ library, theirs, work }: Places): (Runner & { readonly needs?: string })[] {
  const copy = join(work, "library.db");
  const packed = (compressor: string, suffix: string) =>
    shell(
      `sqlite3 "$1" ".backup '$2'" && tar -C "$(dirname "$2")" -cf - library.db | ${compressor} > "$3" && rm "$2"`,
      library,
      copy,
      join(theirs, `peer.tar.${suffix}`),
    );
  return [
    { name: "python3, as VPO", command: ["python3", VPO_WAY, "backup", library, join(theirs, "vpo.tar.gz")] },
    { name: ".backup + gzip -6", needs: "sqlite3", command: packed("gzip -6", "gz") },
    { name: ".backup + pigz -6", needs: "pigz", command: packed("pigz -6", "pigz") },
    { name: ".backup + zstd -3", needs: "zstd", command: packed("zstd -3 -T0", "zst") },
    { name: "limit: cp and sync", command: shell('cp "$1" "$2" && sync "$2" && rm "$2"', library, copy) },
    {
      name: "limit: deflate, all cores",
      command: [Deno.execPath(), "run", "-A", join(ROOT, "scripts", "bench", "deflate_limit.ts"), library, "6"],
    },
  ];
}

const HEADINGS = ["fresh", "repeated", "restore", "check", "list", "start"] as const;

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
    const laps = race(present([{ name: "vpo-backup backup", command }, ...backupPeers(places)]), rounds);
    show("fresh backup", laps);
    const size = (path: string) => Deno.statSync(path).size;
    const [own, peer] = [size(join(places.ours, "fresh.tar.gz")), size(join(places.theirs, "vpo.tar.gz"))];
    say(`archive: ours ${formatSize(own)}, python3's ${formatSize(peer)}, ratio ${(own / peer).toFixed(3)}\n`);
  },
  repeated(places) {
    const before = () => void changeLibrary(places.library, { fraction: CHANGED_FRACTION });
    const command = program("backup", "--library", places.library, "--backup-dir", places.ours);
    const [vpo, , pigz] = backupPeers(places);
    const peers = [vpo, pigz].filter((peer) => peer !== undefined);
    show("backup after 1% changed", race(present([{ name: "vpo-backup backup", command, before }, ...peers]), rounds));
  },
  restore({ library, ours, theirs, work }) {
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
  },
  check({ ours, work }) {
    const archive = join(ours, "fresh.tar.gz");
    const command = program("restore", archive, "--library", join(work, "none.db"), "--dry-run");
    show(
      "check an archive",
      race([{ name: "restore --dry-run", command }, { name: "gzip -t", command: ["gzip", "-t", archive] }], rounds),
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
    show(`list ${LISTED_ARCHIVES} archives`, [
      ...race([{ name: "vpo-backup backups", command }], rounds),
      ...race([{
        name: `python3, as VPO, just ${LISTED_BY_PEER} of them`,
        command: ["python3", VPO_WAY, "list", theirs],
      }], 1),
    ]);
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

function bench(directory: string): void {
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

const directory = Deno.makeTempDirSync({ prefix: "vpo-bench-" });
try {
  bench(directory);
} finally {
  Deno.removeSync(directory, { recursive: true });
}
