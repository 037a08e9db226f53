/** A port to another thread that answers jobs in order. */
export class JobPort<Job, Reply> {
  readonly #port: MessagePort;
  readonly #waiting: PromiseWithResolvers<Reply>[] = [];

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = (event: MessageEvent<Reply>) => this.#waiting.shift()?.resolve(event.data);
  }

  /** @param transfer what is transferred with the job */
  ask(job: Job, transfer: readonly Transferable[] = []): Promise<Reply> {
    const waiting = Promise.withResolvers<Reply>();
    this.#waiting.push(waiting);
    this.#port.postMessage(job, [...transfer]);
    return waiting.promise;
  }
}

/** Answers the jobs that arrive at a port, one by one. `transferOf` tells what is transferred with a reply. */
export function answerJobs<Job, Reply>(
  port: MessagePort,
  answer: (job: Job) => Reply,
  transferOf: (reply: Reply) => Transferable[] = () => [],
): void {
  port.onmessage = ({ data: job }: MessageEvent<Job>) => {
    const reply = answer(job);
    port.postMessage(reply, transferOf(reply));
  };
}

/** A worker's message about an uncaught failure; the answer to its job never comes. */
export interface Breakdown {
  readonly type: "breakdown";
  readonly why: string;
}

/**
 * Reports uncaught failures to whoever started this worker; they would otherwise end the process with a stack trace.
 */
export function tellBreakdowns(worker: EventTarget & { postMessage(message: Breakdown): void }): void {
  const tell = (event: Event, reason: unknown) => {
    event.preventDefault();
    worker.postMessage({ type: "breakdown", why: reason instanceof Error ? reason.message : String(reason) });
  };
  worker.addEventListener("error", (event) => tell(event, (event as ErrorEvent).error));
  worker.addEventListener("unhandledrejection", (event) => tell(event, (event as PromiseRejectionEvent).reason));
}
