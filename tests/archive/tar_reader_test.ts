import assert from "node:assert/strict";
import { type TarEntryData, unpackTar } from "modern-tar";
import { refusal, theirMetadata, theirTar } from "../support/archives.ts";
import { base64, concat, noise, prose, sha256 } from "../support/bytes.ts";
import { hasPython, runPython } from "../support/commands.ts";
import { END, paxHeader, tarHeader, tarMember } from "../support/tar.ts";
import { readTar } from "../support/tar_reading.ts";
