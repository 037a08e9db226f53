import type { Clock } from "../../src/output/progress.ts";

/** A clock that goes only when it is told to. */
export class TestClock implements Clock {
  #now = 0;
  #timers: { readonly every: number; readonly act: () => void; next: number }[] = [];

  now(): number {
    return this.#now;
  }

  every(milliseconds: number, act: () => void): () => void {
    const timer = { every: milliseconds, act, next: this.#now + milliseconds };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  /** Lets time pass; what is due happens. */
  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const due = this.#timers.toSorted((a, b) => a.next - b.next)[0];
      if (due === undefined || due.next > end) break;
      this.#now = due.next;
      due.next += due.every;
      due.act();
    }
    this.#now = end;
  }

  /** How many timers are running. */
  get timers(): number {
    return this.#timers.length;
  }
}
