import assert from "node:assert/strict";

/** Whether a program runs here: tests against a peer that is not installed are ignored. */
export function isInstalled(program: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(program, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** Runs a program to its end and gives what it printed. */
export async function run(
  program: string,
  args: readonly string[],
  stdin: string | null = null,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const process = new Deno.Command(program, {
    args: [...args],
    stdin: stdin === null ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [output] = await Promise.all([process.output(), stdin === null ? null : send(process, stdin)]);
  const text = new TextDecoder();
  return { code: output.code, stdout: text.decode(output.stdout), stderr: text.decode(output.stderr) };
}

async function send(process: Deno.ChildProcess, text: string): Promise<void> {
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
}

/** Whether Python is installed. */
export const hasPython: boolean = isInstalled("python3", "--version");

/** Runs a Python program that finds `input` under that name and prints one JSON document, which is the result. */
export async function runPython(program: string, input: unknown = null): Promise<unknown> {
  const prelude = "import sys, json, base64, io\ninput = json.load(sys.stdin)\n";
  const { code, stdout, stderr } = await run("python3", ["-c", prelude + program], JSON.stringify(input));
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}
