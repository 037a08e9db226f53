import assert from "node:assert/strict";
import { Outlet } from "../../src/output/outlet.ts";

/** An outlet for what `take` lets through of each piece, and what has come through it. */
function outletOf(take: (bytes: Uint8Array) => number): { outlet: Outlet; came: () => string } {
  const chunks: Uint8Array[] = [];
  const outlet = new Outlet("standard output", (bytes) => {
    const length = take(bytes);
    chunks.push(bytes.slice(0, length));
    return length;
  });
  return { outlet, came: () => new TextDecoder().decode(new Uint8Array(chunks.flatMap((chunk) => [...chunk]))) };
}

Deno.test("Outlet.write: writes all of a text, in pieces where it must, and waits where there is no room yet", () => {
  let calls = 0;
  const { outlet, came } = outletOf((bytes) => {
    if (++calls % 3 === 0) throw new Deno.errors.WouldBlock("no room");
    return Math.min(bytes.length, 2);
  });
  outlet.write("Animé 映画\n");
  outlet.write("🎬\n");
  assert.deepEqual([came(), outlet.failure], ["Animé 映画\n🎬\n", null]);
});

Deno.test("Outlet.write: what cannot be written is remembered and thrown at nobody; later texts are tried again", () => {
  let isFull = true;
  const full = Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
  const { outlet, came } = outletOf((bytes) => {
    if (isFull) throw full;
    return bytes.length;
  });
  outlet.write("lost\n");
  isFull = false;
  outlet.write("said\n");
  assert.deepEqual([came(), outlet.failure], ["said\n", full]);
});

Deno.test("Outlet.write: a reader that has gone is no failure, and is not written to again", () => {
  let calls = 0;
  const { outlet } = outletOf(() => {
    calls++;
    throw new Deno.errors.BrokenPipe("it has gone");
  });
  outlet.write("one\n");
  outlet.write("two\n");
  assert.deepEqual([calls, outlet.failure], [1, null]);
});
