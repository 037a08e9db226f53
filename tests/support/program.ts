import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { permissionFlags, RUNTIME_FLAGS } from "../../scripts/permissions.ts";

/** How the program ended and what it said. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run of the program finds around it; it sees nothing else of the environment that the tests run in. */
export interface Surroundings {
  /** Value of `HOME`; null for none. */
  readonly home: string | null;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Flags in the place of {@link permissionFlags}; a compiled binary has its own and ignores them. */
  readonly permissions?: readonly string[];
  /** The Deno that runs the source, where it is not to be the one that runs the tests. */
  readonly deno?: string;
  /** A program and its arguments that the program is started through, such as `setpriv`. */
  readonly through?: readonly string[];
}

/** A command as a process is started with it. */
export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** The compiled binary that is tested, or undefined where Deno runs {@link MAIN}. */
export const BINARY: string | undefined = executableAt(Deno.env.get("VPO_BACKUP_BIN") ?? "");

/** The module that the program is started from where no binary is tested: its source, or a bundle (`deno task bundle`). */
export const MAIN: string = Deno.env.has("VPO_BACKUP_BUNDLE")
  ? join(Deno.env.get("VPO_BACKUP_BUNDLE") ?? "", "main.js")
  : inRepository("src/main.ts");

/** Its path as the program itself knows it; on Windows the extension may be left out. */
function executableAt(path: string): string | undefined {
  if (path === "" || Deno.build.os !== "windows") return path || undefined;
  const whole = resolve(path);
  return whole.endsWith(".exe") ? whole : `${whole}.exe`;
}

/** The command that starts the program: from source with exactly the permissions of the binary, or the binary. */
export function programCommand(args: readonly string[], surroundings: Surroundings): CommandLine {
  return commandFor(args, surroundings, false);
}

function commandFor(args: readonly string[], surroundings: Surroundings, isUndisturbed: boolean): CommandLine {
  const { home, env = {}, cwd = home ?? Deno.cwd(), permissions = permissionFlags(), through = [] } = surroundings;
  const deno = surroundings.deno ?? Deno.execPath();
  const start = BINARY === undefined ? sourceCommand(deno, permissions, isUndisturbed) : [BINARY];
  const [program = "", ...rest] = [...through, ...start, ...args];
  return { program, args: rest, env: { ...basicEnvironment(), ...(home === null ? {} : { HOME: home }), ...env }, cwd };
}

/** Runs the program to its end, without a terminal; its standard input is empty unless `input` is given. */
export async function runProgram(
  args: readonly string[],
  surroundings: Surroundings,
  input: string | null = null,
): Promise<Outcome> {
  const { program, args: rest, env, cwd } = commandFor(args, surroundings, surroundings.through === undefined);
  const process = new Deno.Command(program, {
    args: [...rest],
    env: { ...env },
    clearEnv: true,
    cwd,
    stdin: input === null ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (input !== null) {
    const writer = process.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  }
  const { code, stdout, stderr } = await process.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** Flags for the source that grant no more of the file system than these paths and the source itself. */
export function narrowPermissions(read: readonly string[], write: readonly string[]): string[] {
  return permissionFlags([...read, inRepository("")], write);
}

function sourceCommand(deno: string, permissions: readonly string[], isUndisturbed: boolean): string[] {
  // The code cache, a database, saves a third of a start; a run that a test has stopped would keep others from it.
  const cache = isUndisturbed ? [] : ["--no-code-cache"];
  const flags = ["--quiet", ...cache, "--config", inRepository("deno.json"), ...RUNTIME_FLAGS, ...permissions];
  return [deno, "run", ...flags, MAIN];
}

function inRepository(relative: string): string {
  return fileURLToPath(new URL(`../../${relative}`, import.meta.url));
}

/** What Deno needs to find the packages it has, and Windows to start a process. */
function basicEnvironment(): Record<string, string> {
  const kept = {
    DENO_DIR: BINARY === undefined ? cacheDirectory() : undefined,
    SystemRoot: Deno.env.get("SystemRoot"),
  };
  return Object.fromEntries(
    Object.entries(kept).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

let knownCacheDirectory: string | undefined;

/** Where Deno keeps the packages that it has. */
export function cacheDirectory(): string {
  knownCacheDirectory ??= Deno.env.get("DENO_DIR") ?? askForCacheDirectory();
  return knownCacheDirectory;
}

function askForCacheDirectory(): string {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  return (JSON.parse(new TextDecoder().decode(stdout)) as { denoDir: string }).denoDir;
}
