/// <reference lib="deno.worker" />
import { answerJobs, tellBreakdowns } from "../ports.ts";
import { answerCheck } from "./checker.ts";

tellBreakdowns(self);

/** Checks databases for whoever has the other end of the port that it is given. */
self.onmessage = (event: MessageEvent<MessagePort>) => answerJobs(event.data, answerCheck);
