import { join } from "node:path";
import { PYTHON } from "./python.ts";
import type { Runner } from "./race.ts";

const HERE = import.meta.dirname ?? ".";
/** Path of the Python program that backs up and restores as VPO does. */
export const VPO_WAY = join(HERE, "vpo_way.py");
const DEFLATE_LIMIT = join(HERE, "deflate_limit.ts");

/** The program's default level. */
const LEVEL = "3";

/** Where a run keeps its libraries and archives. */
export interface Places {
  readonly library: string;
  /** Directory of our archives. */
  readonly ours: string;
  /** Directory of the peers' archives and repositories. */
  readonly theirs: string;
  /** Directory of copies that are made on the way. */
  readonly work: string;
}

/** A runner, and the tool without which it cannot run. */
export interface Peer extends Runner {
  readonly needs?: string;
}

/** What people use to back a library up, each to do the whole work from the live library on. */
export function backupPeers(places: Places): Peer[] {
  const { library, theirs } = places;
  return [
    { name: "python3, as VPO", command: [PYTHON, VPO_WAY, "backup", library, join(theirs, "vpo.tar.gz")] },
    packed(places, "gzip -6", "gz"),
    packed(places, "pigz -6", "pigz"),
    packed(places, "zstd -3 -T0", "zst"),
    restic(places, "fresh"),
    borg(places, "fresh"),
  ];
}

/** Those that have an advantage, or a claim to one, when little has changed since their last backup. */
export function repeatedPeers(places: Places): Peer[] {
  const [python, , pigz] = backupPeers(places);
  return [python, pigz, restic(places, "repeated"), borg(places, "repeated")].filter((peer) => peer !== undefined);
}

/** What nobody can do faster: to copy the bytes, and to deflate them on all cores and throw them away. */
export function limits({ library, work }: Places): Peer[] {
  const copy = join(work, "copy.db");
  return [
    { name: "limit: cp and sync", command: shell('cp "$1" "$2" && sync "$2" && rm "$2"', library, copy) },
    { name: "limit: deflate, all cores", command: [Deno.execPath(), "run", "-A", DEFLATE_LIMIT, library, LEVEL] },
  ];
}

function shell(script: string, ...args: string[]): Peer["command"] {
  return ["sh", "-ec", script, "sh", ...args];
}

function packed({ library, theirs, work }: Places, compressor: string, suffix: string): Peer {
  const [needs = ""] = compressor.split(" ");
  const command = shell(
    `sqlite3 "$1" ".backup '$2'" && tar -C "$(dirname "$2")" -cf - library.db | ${compressor} > "$3" && rm "$2"`,
    library,
    join(work, "library.db"),
    join(theirs, `peer.tar.${suffix}`),
  );
  return { name: `.backup + ${compressor}`, needs, command };
}

/** Into a new repository each time, or again and again into one. */
type History = "fresh" | "repeated";

function restic(places: Places, history: History): Peer {
  const repository = join(places.theirs, `restic-${history}`);
  const init = `RESTIC_PASSWORD=bench restic --quiet init --repo "$1"`;
  return {
    name: ".backup + restic",
    needs: "restic",
    before: () => prepareRepository(repository, history, init),
    command: intoRepository(places, repository, `RESTIC_PASSWORD=bench restic --quiet --repo "$3" backup "$2"`),
  };
}

function borg(places: Places, history: History): Peer {
  const repository = join(places.theirs, `borg-${history}`);
  const quiet = "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes";
  return {
    name: ".backup + borg zlib,6",
    needs: "borg",
    before: () => prepareRepository(repository, history, `${quiet} borg init --encryption none "$1"`),
    command: intoRepository(places, repository, `${quiet} borg create -C zlib,6 "$3::{now:%s%f}" "$2"`),
  };
}

function prepareRepository(repository: string, history: History, init: string): void {
  if (history === "repeated" && exists(repository)) return;
  if (exists(repository)) Deno.removeSync(repository, { recursive: true });
  const { success } = new Deno.Command("sh", { args: ["-ec", init, "sh", repository], stdout: "null", stderr: "null" })
    .outputSync();
  if (!success) throw new Error(`cannot make the repository ${repository}`);
}

function intoRepository({ library, work }: Places, repository: string, create: string): Peer["command"] {
  const script = `sqlite3 "$1" ".backup '$2'" && ${create} 2>/dev/null >/dev/null && rm "$2"`;
  return shell(script, library, join(work, "library.db"), repository);
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
