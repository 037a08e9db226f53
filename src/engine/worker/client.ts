import { BackupError } from "../../errors.ts";
import { removeAbandoned } from "../../store/work_directory.ts";
import { SOURCE, WORKERS } from "../../workers.ts";
import { Helpers } from "./helper_workers.ts";
import { makeDirectories } from "../real_paths.ts";
import {
  type EngineEvent,
  type FromWorker,
  type Replacement,
  type Request,
  type Results,
  RunState,
  type ToWorker,
} from "../protocol/mod.ts";
import { explainSandbox } from "./explain_system.ts";
import { type Grants, grantsFor, recordOf } from "./verbs.ts";

/** Time that the worker has to stop by itself after Ctrl-C, in milliseconds: a call of SQLite's cannot be broken off. */
const CANCEL_GRACE_MS = 300;

/** What the main thread does while the engine works. */
export interface Attendant {
  event(event: EngineEvent): void;
  /** Resolves to whether the library may be replaced. */
  ask(replacement: Replacement): Promise<boolean>;
}

/**
 * Has a request served by a worker of its own, under the narrowest grants.
 *
 * @param signal its reason is the error that an interrupted run ends with
 * @throws {BackupError}
 */
export async function runEngine<R extends Request>(
  request: R,
  attendant: Attendant,
  signal: AbortSignal,
): Promise<Results[R["verb"]]> {
  const grants = grantsFor(request);
  requireGrants(grants);
  const removeDirectories = "destination" in request ? makeDirectories(request.destination) : () => {};
  let isKept = false;
  try {
    const result = await new Run(request, grants, attendant, signal).result;
    isKept = result.kind === "created" || result.kind === "restored";
    return result as Results[R["verb"]];
  } finally {
    if (!isKept) removeDirectories();
  }
}

function requireGrants(grants: Grants): void {
  const [missing] = missingPermissions(grants);
  if (missing === undefined) return;
  throw explainSandbox(new Error(`Requires ${missing.name} access to "${missing.subject}",`), "Cannot start");
}

/** The flags of Deno that would grant what is missing of these grants. */
export function missingFlags(grants: Grants): string[] {
  return missingPermissions(grants).map(({ name, subject }) => `--allow-${name}=${subject}`);
}

interface Permission {
  readonly name: "read" | "write" | "sys";
  /** A path, or the kind of what is asked of the system. */
  readonly subject: string;
}

function missingPermissions({ read, write, sys }: Grants): Permission[] {
  // An executable carries the worker's modules in itself; from source they are read like any other file.
  const modules = Deno.build.standalone || SOURCE === null ? [] : [SOURCE];
  const wanted = { read: [...modules, ...read], write, sys };
  return (["read", "write", "sys"] as const)
    .flatMap((name) => wanted[name].map((subject) => ({ name, subject })))
    .filter((permission) => Deno.permissions.querySync(descriptorOf(permission)).state !== "granted");
}

function descriptorOf({ name, subject }: Permission): Deno.PermissionDescriptor {
  return name === "sys" ? { name, kind: subject as "statfs" } : { name, path: subject };
}

/** One conversation with a worker. */
class Run<R extends Request> {
  readonly result: Promise<Results[R["verb"]]>;
  readonly #request: R;
  readonly #attendant: Attendant;
  readonly #signal: AbortSignal;
  readonly #worker: Worker;
  readonly #helpers: Helpers;
  readonly #state = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #temporaries = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #settle: PromiseWithResolvers<Results[R["verb"]]> = Promise.withResolvers();

  constructor(request: R, grants: Grants, attendant: Attendant, signal: AbortSignal) {
    this.#request = request;
    this.#attendant = attendant;
    this.#signal = signal;
    this.#worker = startWorker(grants);
    this.#helpers = new Helpers(recordOf(request).workload(request), grants);
    this.#worker.onmessage = (event: MessageEvent<FromWorker>) => this.#receive(event.data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#abandon(new BackupError("operation_failed", `The engine broke down: ${event.message}`));
    };
    const cancel = () => this.#cancel();
    signal.addEventListener("abort", cancel);
    this.result = this.#settle.promise.finally(() => {
      clearTimeout(this.#timer);
      signal.removeEventListener("abort", cancel);
      this.#terminate();
    });
    const { ports } = this.#helpers;
    this.#send({ type: "run", request, state: this.#state, ports }, [
      ...ports.blocks,
      ...(ports.check === null ? [] : [ports.check]),
    ]);
    if (signal.aborted) this.#cancel();
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "event":
        return this.#observe(message.event);
      case "limit":
        return this.#limitStep(message.milliseconds, BackupError.fromWire(message.refusal));
      case "question":
        this.#endStep();
        return void this.#answer(message.replacement);
      case "result":
        // A run that was cancelled has put nothing in place, whatever it says.
        if (this.#isCancelled) return this.#settle.reject(this.#signal.reason);
        return this.#settle.resolve(message.result as Results[R["verb"]]);
      case "failure":
        return this.#settle.reject(this.#isCancelled ? this.#signal.reason : BackupError.fromWire(message.error));
    }
  }

  #observe(event: EngineEvent): void {
    if (event.kind === "temporary") {
      if (event.exists) this.#temporaries.add(event.path);
      else this.#temporaries.delete(event.path);
    }
    if (event.kind === "step") {
      this.#endStep();
      this.#helpers.start();
    }
    this.#attendant.event(event);
  }

  async #answer(replacement: Replacement): Promise<void> {
    try {
      const proceed = await this.#attendant.ask(replacement);
      this.#send({ type: "answer", proceed: proceed && !this.#isCancelled });
    } catch (error) {
      this.#abandon(error);
    }
  }

  /** A call of SQLite's cannot be broken off, but the thread that is in it can be left behind. */
  #limitStep(milliseconds: number, refusal: BackupError): void {
    if (this.#isCancelled) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#abandon(refusal), milliseconds);
  }

  #endStep(): void {
    if (!this.#isCancelled) clearTimeout(this.#timer);
  }

  #cancel(): void {
    const before = Atomics.compareExchange(this.#state, 0, RunState.running, RunState.cancelled);
    if (before === RunState.committing) return;
    clearTimeout(this.#timer);
    this.#send({ type: "answer", proceed: false });
    this.#timer = setTimeout(() => this.#abandon(this.#signal.reason), CANCEL_GRACE_MS);
  }

  /** Ends a run whose worker does not answer, and removes what it leaves. */
  #abandon(reason: unknown): void {
    Atomics.compareExchange(this.#state, 0, RunState.running, RunState.cancelled);
    this.#terminate();
    for (const path of this.#temporaries) removeAbandoned(path);
    this.#settle.reject(reason);
  }

  get #isCancelled(): boolean {
    return Atomics.load(this.#state, 0) === RunState.cancelled;
  }

  #terminate(): void {
    this.#worker.terminate();
    this.#helpers.terminate();
  }

  #send(message: ToWorker, transfer: readonly Transferable[] = []): void {
    this.#worker.postMessage(message, [...transfer]);
  }
}

function startWorker(grants: Grants): Worker {
  const permissions = {
    read: [...grants.read],
    write: [...grants.write],
    sys: [...grants.sys],
    env: false,
    net: false,
    run: false,
    ffi: false,
    import: false,
  };
  return new Worker(WORKERS.engine, { type: "module", deno: { permissions } });
}
