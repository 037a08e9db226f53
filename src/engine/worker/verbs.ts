import { dirname } from "node:path";
import { NAME_OWN_TEMP_DIR } from "../../program.ts";
import type { CopyPlaces, Request, Results } from "../protocol/mod.ts";
import {
  besideLibrary,
  copyNeeds,
  doctorNeeds,
  extractNeeds,
  lookingNeeds,
  OTHER_WAYS,
  placesOf,
  replacingNeeds,
  settingsNeeds,
  unpackingNeeds,
  workBesideLibrary,
} from "./needs.ts";
import type { PreparationNeeds } from "./preparation.ts";
import { settingsGrants, settingsPlaces } from "../settings/access.ts";
import type { Job, Purpose } from "./job.ts";

/** What the engine can do. */
export type Verb = Request["verb"];

type RequestOf<V extends Verb> = Extract<Request, { readonly verb: V }>;

/** What the worker may do: read and write below these paths, ask for free space, and nothing else. */
export interface Grants {
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** Free disk space, and who this user is, where that may be asked for. */
  readonly sys: readonly ("statfs" | "uid")[];
}

/** Work that other threads can share, in bytes; 0 for none. */
export interface Workload {
  /** Packed into blocks or unpacked from them. */
  readonly blocks: number;
  /** Checked by SQLite while the engine does something else. */
  readonly check: number;
}

/** All that there is to know of a verb. */
export interface VerbRecord<V extends Verb> {
  /** What it does and on what, for the text of its errors. */
  purpose(request: RequestOf<V>): Purpose;
  /**
   * The narrowest grants that serve a request, besides those for the work directory.
   *
   * @param work path of that, after which temporary files are named; null where there is none yet
   */
  grants(request: RequestOf<V>, work: string | null): Pick<Grants, "read" | "write">;
  /** What the main thread prepares for it; null for nothing. */
  needs(request: RequestOf<V>): PreparationNeeds | null;
  workload(request: RequestOf<V>): Workload;
  /** Does the work, in the worker: the code for it is loaded only there. */
  serve(request: RequestOf<V>, job: Job): Promise<Results[V]>;
}

/** Four threads unpack as fast as one can read and hash. */
const MANY_ARCHIVES_BYTES = 256 * 1024 * 1024;

const NO_WORKLOAD: Workload = { blocks: 0, check: 0 };

/** The verbs of the engine. A new one gets a request and a result in `protocol`, and its record here. */
export const VERBS: { readonly [V in Verb]: VerbRecord<V> } = {
  backup: {
    purpose: ({ library, destination: { directory } }) => ({
      action: "Cannot back up the library",
      library,
      directory,
    }),
    grants({ library, dryRun, destination: { directory, existing }, settings }) {
      const output = dryRun ? existing : directory;
      const copies = dryRun || settings?.insist === true ? [] : settings?.copies ?? [];
      return { read: [dirname(library), output, ...placesOf(settings?.paths), ...copies], write: [output, ...copies] };
    },
    needs({ library, dryRun, force, destination: { directory, existing }, tempDirectory }) {
      const output = dryRun ? existing : directory;
      return {
        work: {
          action: "Cannot back up the library",
          places: tempDirectory === null ? [dirname(library), output] : [tempDirectory],
          mayGoElsewhere: tempDirectory === null,
          bytes: sizeIfFound(library) + sizeIfFound(`${library}-wal`),
          otherWays: NAME_OWN_TEMP_DIR,
          trustsOwner: false,
        },
        outputs: [output],
        library: { path: library, for: force ? "looked at" : "copied" },
        isLook: dryRun,
        isOptional: false,
      };
    },
    workload({ library, dryRun }) {
      const size = dryRun ? 0 : sizeOf(library);
      return { blocks: size, check: size };
    },
    serve: async (request, job) => (await import("../backup/backup.ts")).backUp(request, job),
  },
  copy: {
    purpose: ({ destination: { directory } }) => ({ action: `Cannot copy the backup to "${directory}"`, directory }),
    grants: ({ archive, destination: { directory } }) => ({ read: [archive, directory], write: [directory] }),
    needs: copyNeeds,
    workload: ({ archive }) => ({ ...NO_WORKLOAD, blocks: sizeOf(archive) }),
    serve: async (request, job) => (await import("../copies/second_copy.ts")).copyArchive(request, job),
  },
  restore: {
    purpose: ({ library, archive }) => ({
      action: "Cannot restore the backup",
      library,
      archive,
      directory: dirname(library),
    }),
    grants({ archive, destination: { directory }, settings }, work) {
      const { read, write } = settingsGrants(settings, work);
      return { read: [archive, directory, ...read], write: [directory, ...write] };
    },
    needs: ({ destination, settings }) => ({
      ...replacingNeeds("Cannot restore the backup", destination.directory),
      settings: settingsPlaces(settings),
    }),
    workload: ({ archive }) => ({ ...NO_WORKLOAD, blocks: sizeOf(archive) }),
    serve: async (request, job) => (await import("../replace/restore.ts")).restore(request, job),
  },
  "restore settings": {
    purpose: ({ archive }) => ({ action: "Cannot restore the settings", archive }),
    grants({ archive, settings }, work) {
      const { read, write } = settingsGrants(settings, work);
      return { read: [archive, ...read], write };
    },
    needs: ({ archive, settings }) => settingsNeeds(archive, settings),
    workload: ({ archive }) => ({ ...NO_WORKLOAD, blocks: sizeOf(archive) }),
    serve: async (request, job) => (await import("../settings/restore_settings.ts")).restoreSettings(request, job),
  },
  undo: {
    purpose: ({ library }) => ({ action: "Cannot undo the restore", library, directory: dirname(library) }),
    grants: ({ destination: { directory }, settingsDirectory }) => ({
      read: [directory, ...(settingsDirectory === null ? [] : [settingsDirectory])],
      write: [directory],
    }),
    needs: ({ destination }) => replacingNeeds("Cannot undo the restore", destination.directory),
    workload: () => NO_WORKLOAD,
    serve: async (request, job) => (await import("../replace/undo.ts")).undo(request, job),
  },
  list: {
    purpose: ({ library, directory }) => ({ action: `Cannot list the backups in "${directory}"`, library }),
    grants: ({ directory, library }) => ({ read: [directory, ...besideLibrary(library)], write: [] }),
    needs: () => null,
    // How many archives there are is known only in the worker.
    workload: ({ verify }) => ({ ...NO_WORKLOAD, blocks: verify ? MANY_ARCHIVES_BYTES : 0 }),
    serve: async (request, job) => (await import("../inspect/list.ts")).listBackups(request, job),
  },
  "find latest": {
    purpose: ({ library }) => ({ action: "Cannot find the latest backup", library }),
    grants: ({ directory, library }) => ({ read: [directory, ...besideLibrary(library)], write: [] }),
    needs: ({ directory, library, unpack }) => unpack ? lookingNeeds([...workBesideLibrary(library), directory]) : null,
    workload: () => NO_WORKLOAD,
    serve: async (request, job) => (await import("../inspect/latest.ts")).findLatest(request, job),
  },
  verify: {
    purpose: ({ archive }) => ({ action: "Cannot check the backup", archive }),
    grants: ({ archive }) => ({ read: [archive], write: [] }),
    needs: (request) =>
      request.quick ? null : unpackingNeeds(request, request.archive, "Cannot check the backup", OTHER_WAYS.verify),
    workload: ({ archive }) => ({ ...NO_WORKLOAD, blocks: sizeOf(archive) }),
    serve: async (request, job) => (await import("../inspect/verify.ts")).verifyArchive(request, job),
  },
  "verify several": {
    purpose: () => ({ action: "Cannot check the backup" }),
    grants: ({ archives }) => ({ read: archives, write: [] }),
    needs: (request) =>
      request.quick
        ? null
        : unpackingNeeds(request, request.archives[0] ?? "", "Cannot check the backup", OTHER_WAYS.verify),
    workload: () => NO_WORKLOAD,
    serve: async (request, job) => (await import("../inspect/verify.ts")).verifySeveral(request, job),
  },
  show: {
    purpose: ({ archive }) => ({ action: "Cannot show", archive }),
    grants: ({ archive, quick, settings }) => ({ read: [archive, ...(quick ? [] : placesOf(settings))], write: [] }),
    needs: (request) => request.quick ? null : unpackingNeeds(request, request.archive, "Cannot show", OTHER_WAYS.show),
    workload: ({ archive, quick }) => ({ ...NO_WORKLOAD, blocks: quick ? 0 : sizeOf(archive) }),
    serve: async (request, job) => (await import("../inspect/show.ts")).show(request, job),
  },
  extract: {
    purpose: ({ archive, destination: { directory } }) => ({
      action: "Cannot extract the library",
      archive,
      directory,
    }),
    grants: ({ archive, destination: { directory } }) => ({ read: [archive, directory], write: [directory] }),
    needs: extractNeeds,
    workload: ({ archive }) => ({ ...NO_WORKLOAD, blocks: sizeOf(archive) }),
    serve: async (request, job) => (await import("../extract/extract.ts")).extractLibrary(request, job),
  },
  diff: {
    purpose: ({ from, to }) => ({
      action: "Cannot compare",
      library: [from, to].find(({ kind }) => kind === "library")?.path ?? null,
    }),
    grants({ from, to, settings }) {
      const read = [from, to].flatMap(({ kind, path }) =>
        kind === "library" ? [dirname(path), ...placesOf(settings)] : [path]
      );
      return { read, write: [] };
    },
    needs: (request) => unpackingNeeds(request, request.from.path, "Cannot compare", OTHER_WAYS.diff),
    workload({ from, to }) {
      const archive = [from, to].find(({ kind }) => kind === "backup");
      return { ...NO_WORKLOAD, blocks: archive === undefined ? 0 : sizeOf(archive.path) };
    },
    serve: async (request, job) => (await import("../inspect/diff.ts")).diff(request, job),
  },
  status: {
    purpose: ({ library }) => ({ action: "Cannot look at the backups", library }),
    grants: ({ directory, directoryFound, library, copies }) => ({
      read: [...(directoryFound ? [directory] : []), ...besideLibrary(library), ...foundPlaces(copies)],
      write: [],
    }),
    needs: () => null,
    workload: () => NO_WORKLOAD,
    serve: async (request, job) => (await import("../inspect/status.ts")).readStatus(request, job),
  },
  doctor: {
    purpose: ({ library }) => ({ action: "Cannot examine the library", library }),
    grants({ library, directory, directoryFound, mayWrite, copies, writable, settings }) {
      const directories = directoryFound ? [directory] : [];
      return {
        read: [dirname(library), ...directories, ...foundPlaces(copies), ...placesOf(settings)],
        write: [...(mayWrite ? directories : []), ...writable],
      };
    },
    needs: doctorNeeds,
    workload: () => NO_WORKLOAD,
    serve: async (request, job) => (await import("../inspect/doctor.ts")).examine(request, job),
  },
  "plan prune": {
    purpose: ({ directory }) => ({ action: `Cannot prune the backups in "${directory}"` }),
    grants: ({ directory, library }) => ({ read: [directory, ...besideLibrary(library)], write: [] }),
    needs: ({ directory, library, unpack }) => unpack ? lookingNeeds([directory, ...workBesideLibrary(library)]) : null,
    workload: () => NO_WORKLOAD,
    serve: async (request, job) => (await import("../prune/plan.ts")).planPrune(request, job),
  },
  prune: {
    purpose: ({ plan: { directory } }) => ({ action: `Cannot prune the backups in "${directory}"`, directory }),
    grants: ({ plan: { directory } }) => ({ read: [directory], write: [directory] }),
    needs: () => null,
    workload: () => NO_WORKLOAD,
    serve: async (request, job) => (await import("../prune/prune.ts")).prune(request, job),
  },
};

/** The record of a request's verb. */
export function recordOf(request: Request): VerbRecord<Verb> {
  // TypeScript does not see that the record at a verb is the record of that verb.
  return VERBS[request.verb] as VerbRecord<Verb>;
}

/**
 * What the worker may do to serve a request.
 *
 * @param work path of its work directory; null for none
 */
export function grantsFor(request: Request, work: string | null = null): Grants {
  const { read, write } = recordOf(request).grants(request, work);
  const own = work === null ? [] : [work];
  return {
    read: unique([...read, ...own]),
    write: unique([...write, ...own]),
    sys: isGranted("uid") ? ["statfs", "uid"] : ["statfs"],
  };
}

function isGranted(kind: "uid"): boolean {
  return Deno.permissions.querySync({ name: "sys", kind }).state === "granted";
}

function foundPlaces({ places }: CopyPlaces): string[] {
  return places.flatMap(({ directory, found }) => found ? [directory] : []);
}

function sizeIfFound(path: string): number {
  try {
    return sizeOf(path);
  } catch {
    // Whoever opens it says why it cannot be read.
    return 0;
  }
}

function sizeOf(path: string): number {
  return Deno.statSync(path).size;
}

function unique(paths: readonly string[]): string[] {
  return [...new Set(paths)];
}
