import { join } from "node:path";
import { directoryState } from "./directory_state.ts";
import { type Outcome, runProgram, type Surroundings } from "./program.ts";
import { TemporaryDirectory } from "./temporary.ts";

const FIXTURES = new URL("../fixtures/", import.meta.url);

/** VPO's own archives among the fixtures: an old schema, the present one, one from the future. */
export const VPO_ARCHIVES = {
  old: "vpo-library-2026-01-15T120000Z.tar.gz",
  present: "vpo-library-2026-02-05T14-30-22Z.tar.gz",
  future: "vpo-library-2026-02-09T08-00-00Z.tar.gz",
} as const;

/** What is known of a fixture: its metadata and the hash of the library in it. */
export interface ArchiveFacts {
  readonly metadata: {
    readonly vpo_version: string;
    readonly schema_version: number;
    readonly created_at: string;
    readonly database_size_bytes: number;
    readonly file_count: number;
  };
  readonly library_db_sha256: string;
}

/** What is known of VPO's own archive of this name. */
export function archiveFacts(name: string): ArchiveFacts {
  const all = JSON.parse(Deno.readTextFileSync(new URL("expected.json", FIXTURES))) as Record<string, ArchiveFacts>;
  const facts = all[name];
  if (facts === undefined) throw new Error(`no fixture has the name ${name}`);
  return facts;
}

/** A home directory for one test, with VPO's directory in it. */
export class Home extends TemporaryDirectory {
  readonly vpo = join(this.path, ".vpo");
  readonly library = join(this.vpo, "library.db");
  readonly backups = join(this.vpo, "backups");
  readonly #since = Date.now();

  constructor() {
    super();
    Deno.mkdirSync(this.vpo);
  }

  /** A home with the sample library in it: schema 27, 400 files. */
  static withLibrary(): Home {
    const home = new Home();
    home.putLibrary();
    return home;
  }

  putLibrary(path: string = this.library): string {
    Deno.copyFileSync(new URL("library-v27.db", FIXTURES), path);
    // Whatever umask the fixtures were checked out with.
    if (Deno.build.os !== "windows") Deno.chmodSync(path, 0o644);
    return path;
  }

  /** Puts VPO's own archive into the backup directory, under its name or another one. */
  putArchive(name: string, as: string = name): string {
    Deno.mkdirSync(this.backups, { recursive: true });
    const path = join(this.backups, as);
    Deno.copyFileSync(new URL(name, FIXTURES), path);
    return path;
  }

  /** Runs the program here. */
  run(
    args: readonly string[],
    surroundings: Partial<Surroundings> = {},
    input: string | null = null,
  ): Promise<Outcome> {
    return runProgram(args, { home: this.path, ...surroundings }, input);
  }

  /**
   * All that is below this directory, by path: kind, mode and content. Side files are left out: SQLite makes them when
   * a library in WAL mode is read, and a reader cannot remove them.
   */
  state(): Readonly<Record<string, string>> {
    const entries = Object.entries(directoryState(this.path));
    return Object.fromEntries(entries.filter(([path]) => !/-(wal|shm)$/.test(path)));
  }

  /** Names of the archives in the backup directory, sorted. */
  archives(): string[] {
    return Array.from(Deno.readDirSync(this.backups), ({ name }) => name).sort();
  }

  /**
   * A text without what changes from run to run: `HOME` for this directory, `NOW` for each time since it was made,
   * `SECONDS` for durations.
   */
  masked(text: string): string {
    return forwardSlashes(text.replaceAll(this.path, "HOME").replaceAll(inJson(this.path), "HOME"))
      .replace(
        /\d{4}-\d\d-\d\d[T ]\d\d[-:]\d\d(?:[-:]\d\d(?:\.\d{3})?)?Z?/g,
        (time) => this.#isRecent(time) ? "NOW" : time,
      )
      .replace(/^\d\d:\d\d:\d\d\.\d{3} /gm, "NOW ")
      .replace(/(Duration: | seconds=)\d+(\.\d+)?/g, "$1SECONDS");
  }

  /** The JSON document that the program printed, with the same things masked. */
  document(text: string): unknown {
    return JSON.parse(text, (name, value: unknown) => {
      if (name === "duration_seconds" && typeof value === "number") return "SECONDS";
      return typeof value === "string" ? this.masked(value) : value;
    });
  }

  #isRecent(time: string): boolean {
    const [date = "", clock = ""] = time.replace("Z", "").split(/[T ]/);
    const then = Date.parse(`${date}T${clock.replaceAll("-", ":")}Z`);
    const minute = 60_000;
    return then > this.#since - minute && then <= Date.now();
  }
}

/** A path as it is written in JSON, where Windows' separators are doubled. */
function inJson(path: string): string {
  return JSON.stringify(path).slice(1, -1);
}

/** Paths as they are written everywhere but on Windows. */
function forwardSlashes(text: string): string {
  return Deno.build.os === "windows" ? text.replace(/\\\\?/g, "/") : text;
}
