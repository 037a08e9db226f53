import { cannotIntercept } from "../../torture/support/file_calls.ts";
import { compileC } from "../compiled_c.ts";
import { TemporaryDirectory } from "../temporary.ts";

/** Whether a program can be given another time of day here; it needs gcc. */
export const canShiftClock: boolean = cannotIntercept() === null;

/** What gives programs another time of day; compiled once for a file of tests. */
export class WrongClock implements Disposable {
  readonly #ground = new TemporaryDirectory();
  readonly #library = this.#ground.file("wrong_clock.so");

  constructor() {
    compileC(new URL("wrong_clock.c", import.meta.url), this.#library, ["-shared", "-fPIC", "-ldl"]);
  }

  /** Environment in which a program finds that it is this time when it starts, to the second. */
  at(time: Date): Record<string, string> {
    const shift = Math.round((time.getTime() - Date.now()) / 1000);
    return { LD_PRELOAD: this.#library, CLOCK_SHIFT: String(shift) };
  }

  [Symbol.dispose](): void {
    this.#ground[Symbol.dispose]();
  }
}
