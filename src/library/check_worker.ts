/// <reference lib="deno.worker" />
import { answerJobs } from "../ports.ts";
import { answerCheck } from "./checker.ts";

/** Checks databases for whoever has the other end of the port that it is given. */
self.onmessage = (event: MessageEvent<MessagePort>) => answerJobs(event.data, answerCheck);
