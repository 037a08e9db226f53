import assert from "node:assert/strict";
import { BackupError } from "../../src/errors.ts";
import type { AnyTar } from "./any_tar.ts";
import { base64, sha256 } from "./bytes.ts";
import { hasPython } from "./commands.ts";
import { Peer } from "./peer.ts";
import { readTar } from "./tar_reading.ts";

type TarMember = readonly [name: string, isRegular: boolean, sha256: string];

/** Says of each line, a tar stream in base64, what Python's tarfile finds in it, or why it refuses it. */
const PROGRAM = `
import base64, hashlib, io, json, sys, tarfile
for line in sys.stdin:
    try:
        with tarfile.open(fileobj=io.BytesIO(base64.b64decode(line)), mode="r:") as tar:
            answer = [
                [m.name, m.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not m.issparse(),
                 hashlib.sha256(tar.extractfile(m).read()).hexdigest() if m.isreg() else ""]
                for m in tar.getmembers()
            ]
    except (tarfile.TarError, EOFError, OSError) as error:
        answer = repr(error)
    print(json.dumps(answer))
`;

/** The members of a tar stream as the program reads it, or null where it refuses it. */
export function membersOf(...chunks: readonly Uint8Array[]): TarMember[] | null {
  try {
    const { metadata, database, order } = readTar(...chunks);
    const members = {
      metadata: ["backup_metadata.json", true, sha256(metadata)],
      database: ["library.db", true, sha256(database)],
    } as const;
    return order.map((member) => members[member]);
  } catch (error) {
    if (error instanceof BackupError && error.code === "invalid_archive") return null;
    throw error;
  }
}

/** Knows what is in a tar stream: Python's tarfile, with which VPO reads its archives; without Python, what is right. */
export class TarOracle implements AsyncDisposable {
  readonly #python = hasPython ? Peer.python(PROGRAM) : null;

  /**
   * Whether the program takes a tar stream. It takes what is right, whatever chunks that comes in, and nothing that
   * Python reads otherwise.
   */
  async judge({ bytes, isRight, lengths }: AnyTar): Promise<boolean> {
    const members = membersOf(bytes);
    assert.deepEqual(membersOf(...chunksOf(bytes, lengths)), members, "in other chunks it is read otherwise");
    if (members === null) {
      assert(!isRight, "it was refused");
      return false;
    }
    if (this.#python !== null) {
      assert.deepEqual(JSON.parse(await this.#python.ask(base64(bytes))), members, "Python reads it otherwise");
    }
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#python?.[Symbol.asyncDispose]();
  }
}

function chunksOf(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}
