import { dirname } from "node:path";
import type { Request } from "../protocol/mod.ts";

/** What the worker may do: read and write below these paths, ask for free space, and nothing else. */
export interface Grants {
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** Free disk space. */
  readonly sys: readonly ["statfs"];
}

/** The narrowest grants with which a request can be served. A backup never gets to write beside the library. */
export function grantsFor(request: Request): Grants {
  const sys = ["statfs"] as const;
  switch (request.verb) {
    case "backup": {
      const { directory } = request.destination;
      return { read: unique([dirname(request.library), directory]), write: [directory], sys };
    }
    case "restore": {
      const { directory } = request.destination;
      return { read: unique([request.archive, directory]), write: [directory], sys };
    }
    case "undo":
      return { read: [request.destination.directory], write: [request.destination.directory], sys };
    case "list": {
      const beside = request.library === null ? [] : [dirname(request.library)];
      return { read: unique([request.directory, ...beside]), write: [], sys };
    }
    case "plan prune":
      return { read: [request.directory], write: [], sys };
    case "status": {
      const directories = request.directoryFound ? [request.directory] : [];
      const library = request.library === null ? [] : [dirname(request.library)];
      return { read: unique([...directories, ...library]), write: [], sys };
    }
    case "doctor": {
      const directories = request.directoryFound ? [request.directory] : [];
      const read = unique([dirname(request.library), ...directories]);
      return { read, write: request.mayWrite ? directories : [], sys };
    }
    case "prune":
      return { read: [request.plan.directory], write: [request.plan.directory], sys };
    case "show":
    case "verify": {
      const work = request.workDirectory === null ? [] : [request.workDirectory];
      return { read: unique([request.archive, ...work]), write: work, sys };
    }
    case "diff": {
      const { from, to, workDirectory } = request;
      const sources = [from, to].map(({ kind, path }) => kind === "library" ? dirname(path) : path);
      return { read: unique([...sources, workDirectory]), write: [workDirectory], sys };
    }
  }
}

function unique(paths: readonly string[]): string[] {
  return [...new Set(paths)];
}
