import { isAbsolute, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Member } from "./build/archives.ts";
import { prepareDependencies } from "./build/bundle.ts";
import { compile } from "./build/compile.ts";
import { completions } from "./build/completions.ts";
import { licensesOf, type Lock } from "./build/dependencies.ts";
import { executableName, writeChecksums, writePackage } from "./build/package.ts";
import { CannotCompile, runtimeName } from "./build/runtime.ts";
import { type BuildFacts, Stage } from "./build/stage.ts";
import { findTarget, type Target, TARGETS } from "./build/targets.ts";
import { permissionFlags, RUNTIME_FLAGS } from "./permissions.ts";

const USAGE =
  `Usage: build.ts [--target TRIPLE | --all] [--package] [--output PATH] [--library-dir DIR --backup-dir DIR]
Compile vpo-backup into one executable, or pack it for a release.
  --target TRIPLE    build for another system: ${TARGETS.map(({ triple }) => triple).join("\n                     ")}
  --package          pack it with README, licenses, manual page and completions, and write SHA256SUMS
  --all              --package for every system, and say which could not be built
  --output PATH      the executable (default dist/vpo-backup), or with --package the directory (default dist)
  --library-dir DIR  it may use only this directory, where the library is by default, and VPO's config.toml if it is read...
  --backup-dir DIR   ...and this one, where the backups are
DENORT_BIN=FILE      compile with this runtime and not with one that Deno downloads
DENORT_DIR=DIR       the same for every system: DIR has ${TARGETS.map(runtimeName).join(",\n                     ")}
`;

const ROOT = join(import.meta.dirname ?? ".", "..");
const DIST = join(ROOT, "dist");
/** The first time that a zip can tell. */
const NO_TIME = new Date(Date.UTC(1980, 0, 1));

interface BuildOptions {
  readonly targets: readonly Target[];
  readonly isPackage: boolean;
  readonly output: string | null;
  readonly directories: BuildFacts["directories"];
}

async function build(options: BuildOptions): Promise<boolean> {
  const denoDirectory = prepareDependencies(ROOT);
  const time = sourceTime();
  using stage = Stage.create(ROOT, denoDirectory, { commit: sourceCommit(), directories: options.directories }, time);
  const limits = { directories: Object.values(options.directories ?? {}) };
  const [target] = options.targets;
  if (!options.isPackage && target !== undefined) {
    return attempt(target, () => compile(stage, target, options.output ?? join(DIST, executableName(target)), limits));
  }
  const directory = options.output ?? DIST;
  Deno.mkdirSync(directory, { recursive: true });
  const others = commonMembers(stage, denoDirectory);
  const files: string[] = [];
  let isComplete = true;
  for (const target of options.targets) {
    const executable = join(stage.bundled, executableName(target));
    if (attempt(target, () => compile(stage, target, executable, limits))) {
      files.push(await writePackage(directory, target, Deno.readFileSync(executable), others, time));
      say(`${target.triple}: ${files.at(-1)}`);
    } else if (target.isRequired) isComplete = false;
  }
  writeChecksums(directory, files);
  return isComplete;
}

/** Runs a compilation and says of it whether it went well. */
function attempt(target: Target, run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (!(error instanceof CannotCompile)) throw error;
    say(`${target.triple}: not built: ${error.message}`);
    return false;
  }
}

/** What is in the packages of all systems, besides the executable. */
function commonMembers(stage: Stage, denoDirectory: string): Member[] {
  const lock = JSON.parse(Deno.readTextFileSync(join(stage.source, "deno.lock"))) as Lock;
  const text = (name: string, content: Uint8Array): Member => ({ name, mode: 0o644, content });
  const main = join(stage.bundled, "src", "main.js");
  const program = [Deno.execPath(), "run", "--quiet", ...RUNTIME_FLAGS, ...permissionFlags(), main] as const;
  return [
    text("README.md", Deno.readFileSync(join(ROOT, "README.md"))),
    text("LICENSE", Deno.readFileSync(join(ROOT, "LICENSE"))),
    text("LICENSES-OF-PACKAGES", new TextEncoder().encode(licensesOf(denoDirectory, lock))),
    text("vpo-backup.1", Deno.readFileSync(join(ROOT, "scripts", "man", "vpo-backup.1"))),
    ...completions(program),
  ];
}

/** Time of the source: SOURCE_DATE_EPOCH, else that of its commit. */
function sourceTime(): Date {
  const seconds = Deno.env.get("SOURCE_DATE_EPOCH") ?? git("log", "-1", "--format=%ct");
  return seconds === null ? NO_TIME : new Date(Number(seconds) * 1000);
}

/** The commit that is built; a plus sign follows where the source has changes that are in no commit. */
function sourceCommit(): string | null {
  const commit = git("rev-parse", "HEAD");
  const changes = git("status", "--porcelain", "--", "src", "deno.json", "deno.lock");
  return commit === null ? null : commit + (changes === "" ? "" : "+");
}

/** What git prints, or null where there is no git or no repository. */
function git(...args: string[]): string | null {
  try {
    const { code, stdout } = new Deno.Command("git", { args, cwd: ROOT, stderr: "null" }).outputSync();
    return code === 0 ? new TextDecoder().decode(stdout).trim() : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function parseOptions(args: string[]): BuildOptions | null {
  try {
    const { values } = parseArgs({
      args,
      options: {
        target: { type: "string" },
        all: { type: "boolean" },
        package: { type: "boolean" },
        output: { type: "string" },
        "library-dir": { type: "string" },
        "backup-dir": { type: "string" },
      },
    });
    const target = findTarget(values.target ?? Deno.build.target);
    const [library, backups] = [values["library-dir"], values["backup-dir"]].map(readDirectory);
    if (target === null || values.all === true && values.target !== undefined) return null;
    if ((library === undefined) !== (backups === undefined)) return null;
    return {
      targets: values.all === true ? TARGETS : [target],
      isPackage: values.all === true || values.package === true,
      output: values.output === undefined ? null : resolve(values.output),
      directories: library === undefined || backups === undefined ? null : { library, backups },
    };
  } catch {
    return null;
  }
}

/** A directory for the executable, as its real path where it is on this machine. */
function readDirectory(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  // Deno takes a comma for the end of a path.
  if (path === "" || path.includes(",")) throw new RangeError(path);
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return isAbsolute(path) ? path : resolve(path);
    throw error;
  }
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

if (import.meta.main) {
  const options = parseOptions(Deno.args);
  if (options === null) {
    Deno.stderr.writeSync(new TextEncoder().encode(USAGE));
    Deno.exit(2);
  }
  Deno.exit(await build(options) ? 0 : 1);
}
