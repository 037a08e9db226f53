import { join, relative } from "node:path";
import { filesBelow } from "./files.ts";

/** Modules that are workers are named so. */
const IS_WORKER = /(^|[/\\_])worker\.ts$/;

/** The modules below `root` that are workers, by their paths. */
export function workersOf(root: string): string[] {
  return filesBelow(join(root, "src")).filter((file) => IS_WORKER.test(file)).map((file) => relative(root, file));
}

/** Has Deno download what the program is made of, where it has not yet, and says where it keeps that. */
export function prepareDependencies(root: string): string {
  const deno = (...args: string[]) => new Deno.Command(Deno.execPath(), { args, cwd: root, stderr: "inherit" });
  const modules = [join("src", "main.ts"), ...workersOf(root)];
  const { code } = deno("cache", "--quiet", "--frozen", "--no-check", ...modules).outputSync();
  if (code !== 0) throw new Error("the packages that the program uses could not be had");
  const { stdout } = deno("info", "--json").outputSync();
  return (JSON.parse(new TextDecoder().decode(stdout)) as { denoDir: string }).denoDir;
}

/**
 * Makes one module of the entry, apart from what that loads later, and one of each worker, each with all that it
 * imports: to load some hundred modules takes a quarter of the time of a start.
 *
 * @param root directory with `src`, `deno.json` and `deno.lock`
 * @param denoDirectory where Deno keeps the packages that the program uses
 * @param output directory that gets the modules, as they are below `src`
 */
export function bundle(root: string, denoDirectory: string, output: string): void {
  const bundleModules = (...args: string[]) => {
    const { code, stderr } = new Deno.Command(Deno.execPath(), {
      cwd: root,
      env: {
        DENO_DIR: denoDirectory,
        // Deno downloads the bundler; some versions trust nobody there but their own list.
        DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "mozilla,system",
        NO_COLOR: "1",
      },
      // Not minified: Deno's bundler then takes `using` for `const` where a name is used once, and nothing is closed.
      args: ["bundle", "--quiet", "--frozen", "--outdir", output, ...args],
    }).outputSync();
    if (code !== 0) throw new Error(`the program could not be bundled: ${new TextDecoder().decode(stderr).trim()}`);
  };
  bundleModules("--code-splitting", join("src", "main.ts"));
  bundleModules(...workersOf(root));
}
