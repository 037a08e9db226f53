/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { statfsSync } from "node:fs";
import { backup, DatabaseSync } from "node:sqlite";

/**
 * Stands in the place of the engine's worker and of its helpers, with their permissions, and tries what code that has
 * gone wrong might try.
 */

/** What is tried on. */
export interface Places {
  readonly library: string;
  /** A file beside the library that is not there. */
  readonly beside: string;
  /** A file in the directory that the request writes to. */
  readonly destination: string;
  /** A database in a directory that has nothing to do with the request, and a name there that is free. */
  readonly outside: string;
  readonly free: string;
}

/** How each attempt ended: "done", or the error. */
export type Attempts = Readonly<Record<string, string>>;

function attempts(places: Places, work: string): Readonly<Record<string, () => unknown>> {
  const { library, beside, destination, outside, free } = places;
  return {
    "make a file in the work directory": () => Deno.writeFileSync(`${work}/probe.db`, new Uint8Array()),
    "read the library": () => Deno.readFileSync(library),
    "write the library": () => Deno.openSync(library, { write: true }).close(),
    "make a file beside the library": () => Deno.writeFileSync(beside, new Uint8Array()),
    "make a file in the destination": () => Deno.writeFileSync(destination, new Uint8Array()),
    "ask for free space": () => statfsSync(library),
    "read a file outside": () => Deno.readFileSync(outside),
    "look at a file outside": () => Deno.lstatSync(outside),
    "find a real path outside": () => Deno.realPathSync(outside),
    "list a directory outside": () => Array.from(Deno.readDirSync(`${outside}/..`)),
    "write a file outside": () => Deno.openSync(outside, { write: true }).close(),
    "make a file outside": () => Deno.writeFileSync(free, new Uint8Array()),
    "link to a file outside": () => Deno.linkSync(outside, destination),
    "make a temporary file": () => Deno.makeTempFileSync(),
    "open a database outside": () => new DatabaseSync(outside, { readOnly: true }).close(),
    "attach a database outside": () => inMemory((database) => database.exec(`ATTACH '${outside}' AS other`)),
    "vacuum into a file outside": () => inMemory((database) => database.exec(`VACUUM INTO '${free}'`)),
    "copy a database to outside": () => inMemory((database) => backup(database, free)),
    "read the environment": () => Deno.env.get("PATH"),
    "list the environment": () => Deno.env.toObject(),
    "ask for the host's name": () => Deno.hostname(),
    "connect": () => Deno.connect({ hostname: "127.0.0.1", port: 12345 }),
    "listen": () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
    "fetch": () => fetch("http://127.0.0.1:12345/"),
    "start a process": () => new Deno.Command(Deno.build.os === "windows" ? "where" : "true").outputSync(),
    "load a native library": () => Deno.dlopen(outside, {}),
    "import code from outside": () => import(`file://${outside}.ts`),
    "import code from the network": () => import(`http://127.0.0.1:12345/code.ts?${Date.now()}`),
    "start a worker that may do more": () =>
      new Worker(import.meta.url, { type: "module", deno: { permissions: { net: true } } }).terminate(),
  };
}

async function inMemory(use: (database: DatabaseSync) => unknown): Promise<void> {
  const database = new DatabaseSync(":memory:");
  try {
    await use(database);
  } finally {
    database.close();
  }
}

async function tryAll(work: string): Promise<Attempts> {
  const places = JSON.parse(new URL(import.meta.url).searchParams.get("places") ?? "") as Places;
  const ended: Record<string, string> = {};
  for (const [name, attempt] of Object.entries(attempts(places, work))) {
    try {
      await attempt();
      ended[name] = "done";
    } catch (error) {
      ended[name] = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    }
  }
  return ended;
}

interface Ports {
  readonly blocks: readonly MessagePort[];
  readonly check: MessagePort | null;
}

interface Run {
  readonly ports: Ports;
  readonly prepared: { readonly work: string | null };
}

self.onmessage = async ({ data }: MessageEvent<MessagePort | Run>) => {
  if (data instanceof MessagePort) {
    data.onmessage = async ({ data: work }) => data.postMessage(await tryAll(work));
    return;
  }
  // Helpers are started with the first step.
  self.postMessage({ type: "event", event: { kind: "step", step: "clean up", facts: {} } });
  // Where there is none this leads nowhere.
  const work = data.prepared.work ?? "/none";
  const engine = await tryAll(work);
  const { blocks, check } = data.ports;
  const helpers = { blocks: await said(blocks, work), check: await said(check === null ? [] : [check], work) };
  self.postMessage({ type: "result", result: { kind: "created", engine, ...helpers } });
};

/** What the helpers at the other ends of these lines say. */
function said(ports: readonly MessagePort[], work: string): Promise<unknown[]> {
  return Promise.all(ports.map((port) =>
    new Promise((resolve) => {
      port.onmessage = ({ data }) => resolve(data);
      port.postMessage(work);
    })
  ));
}
