/**
 * Works with work directories in the directory named by its first argument: "hold" one until the input ends, "churn" so
 * many one by one, or say what "modes" they have under a umask.
 *
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import { createPrivateFile } from "../../src/store/private_file.ts";
import { WorkDirectory } from "../../src/store/work_directory.ts";

const [parent = "", task = "", detail = ""] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
const newDirectory = () => WorkDirectory.create(parent);
const modeOf = (path: string) => ((Deno.lstatSync(path).mode ?? 0) & 0o777).toString(8);

/** Whether a file in a directory of its own can be read back. */
function writeAndRead(): boolean {
  using work = newDirectory();
  const path = work.file("library.db");
  try {
    Deno.writeTextFileSync(path, "a copy");
    return Deno.readTextFileSync(path) === "a copy";
  } catch {
    return false;
  }
}

if (task === "hold") {
  using work = newDirectory();
  Deno.writeTextFileSync(work.file("library.db"), "a copy");
  say(work.path);
  await new Promise((resolve) => process.stdin.on("end", resolve).resume());
} else if (task === "churn") {
  let lost = 0;
  for (let turn = 0; turn < Number(detail); turn++) lost += Number(!writeAndRead());
  say(`lost ${lost}`);
} else {
  Deno.umask(Number.parseInt(detail, 8));
  using work = newDirectory();
  createPrivateFile(work.file("library.db")).close();
  const [lock, library] = ["lock", "library.db"].map((name) => modeOf(join(work.path, name)));
  say(`directory ${modeOf(work.path)}, lock ${lock}, library.db ${library}`);
}
