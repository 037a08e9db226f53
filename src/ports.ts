/** A line to another thread that answers each job in the order in which it was asked. */
export class JobPort<Job, Reply> {
  readonly #port: MessagePort;
  readonly #waiting: PromiseWithResolvers<Reply>[] = [];

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = (event: MessageEvent<Reply>) => this.#waiting.shift()?.resolve(event.data);
  }

  /** @param transfer what is given away with the job */
  ask(job: Job, transfer: readonly Transferable[] = []): Promise<Reply> {
    const waiting = Promise.withResolvers<Reply>();
    this.#waiting.push(waiting);
    this.#port.postMessage(job, [...transfer]);
    return waiting.promise;
  }
}

/** Answers the jobs that come through a port, one by one. `transferOf` says what is given away with a reply. */
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

/** What a worker says when something failed in it that nobody caught; what it was asked for never comes. */
export interface Breakdown {
  readonly type: "breakdown";
  readonly why: string;
}

/** Has such failures told to whoever started this worker, which would otherwise end the process with a stack. */
export function tellBreakdowns(worker: EventTarget & { postMessage(message: Breakdown): void }): void {
  const tell = (event: Event, reason: unknown) => {
    event.preventDefault();
    worker.postMessage({ type: "breakdown", why: reason instanceof Error ? reason.message : String(reason) });
  };
  worker.addEventListener("error", (event) => tell(event, (event as ErrorEvent).error));
  worker.addEventListener("unhandledrejection", (event) => tell(event, (event as PromiseRejectionEvent).reason));
}
