import { fileURLToPath } from "node:url";

/**
 * The extension of modules: TypeScript in the source; in an executable the entry and each worker are bundled as
 * JavaScript.
 */
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf("."));

/** The modules that run as workers. This module is bundled into the entry, so all are resolved relative to that. */
export const WORKERS = {
  engine: moduleNamed("engine/worker/worker"),
  blocks: moduleNamed("archive/block_worker"),
  check: moduleNamed("library/check_worker"),
} as const;

/** The directory with all modules and `deno.json`, if they are files: a worker is loaded from it. */
export const SOURCE: string | null = import.meta.url.startsWith("file:")
  ? fileURLToPath(new URL("..", import.meta.url))
  : null;

function moduleNamed(name: string): URL {
  return new URL(`./${name}${EXTENSION}`, import.meta.url);
}
