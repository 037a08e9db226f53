import { join } from "node:path";
import { parseArgs } from "node:util";
import { permissionFlags, RUNTIME_FLAGS } from "./permissions.ts";

const USAGE = `Usage: build.ts [--target TRIPLE] [--output FILE] [--library-dir DIR --backup-dir DIR]
Compile vpo-backup into one executable.
  --target TRIPLE    build for another system, such as x86_64-pc-windows-msvc
  --output FILE      where to write it (default dist/vpo-backup)
  --library-dir DIR  bake in that it may read and write only below this directory...
  --backup-dir DIR   ...and this one
`;

const ROOT = join(import.meta.dirname ?? ".", "..");

/** Modules that are workers: `deno compile` finds them only by name. */
const WORKERS = ["src/engine/worker.ts", "src/archive/block_worker.ts", "src/library/check_worker.ts"];

interface BuildOptions {
  readonly output: string;
  readonly target?: string | undefined;
  /** Directories that the executable may use; the whole file system where none are given. */
  readonly directories: readonly string[];
}

/** Compiles with the Deno that runs this script, and says whether that went well. */
function build(options: BuildOptions): boolean {
  const { code } = new Deno.Command(Deno.execPath(), {
    cwd: ROOT,
    args: [
      "compile",
      "--frozen",
      // The types are checked by `deno task ok`, with one version of Deno; the code runs on others too.
      "--no-check",
      ...RUNTIME_FLAGS,
      ...permissionFlags(options.directories, options.directories),
      ...WORKERS.flatMap((worker) => ["--include", worker]),
      ...(options.target === undefined ? [] : ["--target", options.target]),
      "--output",
      options.output,
      "src/main.ts",
    ],
  }).outputSync();
  return code === 0;
}

function parseOptions(args: string[]): BuildOptions | null {
  try {
    const { values } = parseArgs({
      args,
      options: {
        target: { type: "string" },
        output: { type: "string" },
        "library-dir": { type: "string" },
        "backup-dir": { type: "string" },
      },
    });
    const directories = [values["library-dir"], values["backup-dir"]].filter((path) => path !== undefined);
    if (directories.length === 1) return null;
    return {
      output: values.output ?? join(ROOT, "dist", "vpo-backup"),
      target: values.target,
      directories: directories.map((path) => Deno.realPathSync(path)),
    };
  } catch {
    return null;
  }
}

const options = parseOptions(Deno.args);
if (options === null) {
  Deno.stderr.writeSync(new TextEncoder().encode(USAGE));
  Deno.exit(2);
}
Deno.exit(build(options) ? 0 : 1);
