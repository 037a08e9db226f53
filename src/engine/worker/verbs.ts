import { dirname } from "node:path";
import type { Request, Results } from "../protocol/mod.ts";
import type { Host } from "./host.ts";

/** What the engine can do. */
export type Verb = Request["verb"];

type RequestOf<V extends Verb> = Extract<Request, { readonly verb: V }>;

/** What the worker may do: read and write below these paths, ask for free space, and nothing else. */
export interface Grants {
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** Free disk space. */
  readonly sys: readonly ["statfs"];
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
  /** The narrowest grants with which a request can be served. A backup never gets to write beside the library. */
  grants(request: RequestOf<V>): Pick<Grants, "read" | "write">;
  workload(request: RequestOf<V>): Workload;
  /** Does it, in the worker: what that takes is loaded only there. */
  serve(request: RequestOf<V>, host: Host): Promise<Results[V]>;
}

/** Four threads unpack as fast as one can read and hash. */
const MANY_ARCHIVES_BYTES = 256 * 1024 * 1024;

const NO_WORKLOAD: Workload = { blocks: 0, check: 0 };

/** The verbs of the engine. A new one gets a request and a result in `protocol`, and its record here. */
export const VERBS: { readonly [V in Verb]: VerbRecord<V> } = {
  backup: {
    grants: ({ library, destination: { directory } }) => ({ read: [dirname(library), directory], write: [directory] }),
    workload({ library, dryRun }) {
      const size = dryRun ? 0 : sizeOf(library);
      return { blocks: size, check: size };
    },
    serve: async (request, host) => (await import("../backup/backup.ts")).backUp(request, host),
  },
  restore: {
    grants: ({ archive, destination: { directory } }) => ({ read: [archive, directory], write: [directory] }),
    workload: ({ archive }) => ({ ...NO_WORKLOAD, blocks: sizeOf(archive) }),
    serve: async (request, host) => (await import("../replace/restore.ts")).restore(request, host),
  },
  undo: {
    grants: ({ destination: { directory } }) => ({ read: [directory], write: [directory] }),
    workload: () => NO_WORKLOAD,
    serve: async (request, host) => (await import("../replace/undo.ts")).undo(request, host),
  },
  list: {
    grants: ({ directory, library }) => ({ read: [directory, ...besideLibrary(library)], write: [] }),
    // How many archives there are shows only in the worker.
    workload: ({ verify }) => ({ ...NO_WORKLOAD, blocks: verify ? MANY_ARCHIVES_BYTES : 0 }),
    serve: async (request, host) => (await import("../inspect/list.ts")).listBackups(request, host),
  },
  "find latest": {
    grants: ({ directory, library, workDirectory }) =>
      unpackingGrants([directory, ...besideLibrary(library)], workDirectory),
    workload: () => NO_WORKLOAD,
    serve: async (request, host) => (await import("../inspect/latest.ts")).findLatest(request, host),
  },
  verify: {
    grants: ({ archive, workDirectory }) => unpackingGrants([archive], workDirectory),
    workload: ({ archive }) => ({ ...NO_WORKLOAD, blocks: sizeOf(archive) }),
    serve: async (request, host) => (await import("../inspect/verify.ts")).verifyArchive(request, host),
  },
  show: {
    grants: ({ archive, workDirectory }) => unpackingGrants([archive], workDirectory),
    workload: ({ archive, workDirectory }) => ({
      ...NO_WORKLOAD,
      blocks: workDirectory === null ? 0 : sizeOf(archive),
    }),
    serve: async (request, host) => (await import("../inspect/show.ts")).show(request, host),
  },
  diff: {
    grants({ from, to, workDirectory }) {
      const sources = [from, to].map(({ kind, path }) => kind === "library" ? dirname(path) : path);
      return unpackingGrants(sources, workDirectory);
    },
    workload({ from, to }) {
      const archive = [from, to].find(({ kind }) => kind === "backup");
      return { ...NO_WORKLOAD, blocks: archive === undefined ? 0 : sizeOf(archive.path) };
    },
    serve: async (request, host) => (await import("../inspect/diff.ts")).diff(request, host),
  },
  status: {
    grants: ({ directory, directoryFound, library }) => ({
      read: [...(directoryFound ? [directory] : []), ...besideLibrary(library)],
      write: [],
    }),
    workload: () => NO_WORKLOAD,
    serve: async (request, host) => (await import("../inspect/status.ts")).readStatus(request, host),
  },
  doctor: {
    grants({ library, directory, directoryFound, mayWrite }) {
      const directories = directoryFound ? [directory] : [];
      return { read: [dirname(library), ...directories], write: mayWrite ? directories : [] };
    },
    workload: () => NO_WORKLOAD,
    serve: async (request, host) => (await import("../inspect/doctor.ts")).examine(request, host),
  },
  "plan prune": {
    grants: ({ directory, library, workDirectory }) =>
      unpackingGrants([directory, ...besideLibrary(library)], workDirectory),
    workload: () => NO_WORKLOAD,
    serve: async (request, host) => (await import("../prune/plan.ts")).planPrune(request, host),
  },
  prune: {
    grants: ({ plan: { directory } }) => ({ read: [directory], write: [directory] }),
    workload: () => NO_WORKLOAD,
    serve: async (request, host) => (await import("../prune/prune.ts")).prune(request, host),
  },
};

/** The record of a request's verb. */
export function recordOf(request: Request): VerbRecord<Verb> {
  // TypeScript does not see that the record at a verb is the record of that verb.
  return VERBS[request.verb] as VerbRecord<Verb>;
}

/** What the worker may do to serve a request. */
export function grantsFor(request: Request): Grants {
  const { read, write } = recordOf(request).grants(request);
  return { read: unique(read), write: unique(write), sys: ["statfs"] };
}

/** To read some paths, and to write where libraries are unpacked, if they are. */
function unpackingGrants(sources: readonly string[], directory: string | null): Pick<Grants, "read" | "write"> {
  const write = directory === null ? [] : [directory];
  return { read: [...sources, ...write], write };
}

function besideLibrary(library: string | null): string[] {
  return library === null ? [] : [dirname(library)];
}

function sizeOf(path: string): number {
  return Deno.statSync(path).size;
}

function unique(paths: readonly string[]): string[] {
  return [...new Set(paths)];
}
