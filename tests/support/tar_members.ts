import { BackupError } from "../../src/errors.ts";
import { base64, sha256 } from "./bytes.ts";
import { runPython } from "./commands.ts";
import { readTar } from "./tar_reading.ts";

export type TarMember = readonly [name: string, isRegular: boolean, sha256: string];

const PYTHON = `
import tarfile, hashlib
answers = []
for text in input:
    try:
        with tarfile.open(fileobj=io.BytesIO(base64.b64decode(text)), mode="r:") as tar:
            answers.append([
                [m.name, m.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not m.issparse(),
                 hashlib.sha256(tar.extractfile(m).read()).hexdigest() if m.isreg() else ""]
                for m in tar.getmembers()
            ])
    except (tarfile.TarError, EOFError, OSError) as error:
        answers.append(repr(error))
print(json.dumps(answers))
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

/** The members of each tar as Python's tarfile reads it; a text in the place of those that it refuses. */
export async function membersByPython(tars: readonly Uint8Array[]): Promise<(TarMember[] | string)[]> {
  return await runPython(PYTHON, tars.map(base64)) as (TarMember[] | string)[];
}
