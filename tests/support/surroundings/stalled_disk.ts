import type { StartedProgram } from "../started.ts";
import { type Mount, SLOW_DISK } from "./mounts.ts";

/** Whether a disk can be made to stand still here; it needs root, FUSE and bindfs. */
export const canStall: boolean = SLOW_DISK.can;

const GOING_MILLISECONDS = 2;
const STANDING_MILLISECONDS = 198;

/** A file system in the place of a directory that can stand still, as a disk that spins up or a share that hiccups. */
export class StalledDisk implements Disposable {
  readonly #mount: Mount;
  readonly #pid: number;

  /** @param path is empty at first */
  constructor(path: string) {
    this.#mount = SLOW_DISK.mount(path);
    this.#pid = this.#mount.pid();
  }

  /** The directory whose files are on it: to put there what a trial begins with. */
  get behind(): string {
    return this.#mount.behind ?? this.#mount.path;
  }

  /** From here on nothing on it is answered. */
  stop(): void {
    Deno.kill(this.#pid, "SIGSTOP");
  }

  /** What waits is answered now. */
  goOn(): void {
    Deno.kill(this.#pid, "SIGCONT");
  }

  /** Stands still for some seconds when the program, run with `-v`, says this, such as "step check copy". */
  async stall(program: StartedProgram, said: string, seconds: number): Promise<void> {
    await program.said(said);
    this.stop();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    this.goOn();
  }

  /** From here on it answers a hundredth of the time, until what is given is called: some MB/s. */
  crawl(): () => void {
    let timer: ReturnType<typeof setTimeout>;
    const stand = () => {
      this.stop();
      timer = setTimeout(go, STANDING_MILLISECONDS);
    };
    const go = () => {
      this.goOn();
      timer = setTimeout(stand, GOING_MILLISECONDS);
    };
    stand();
    return () => {
      clearTimeout(timer);
      this.goOn();
    };
  }

  [Symbol.dispose](): void {
    this.goOn();
    this.#mount[Symbol.dispose]();
  }
}
