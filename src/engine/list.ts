import { readEntries } from "./entries.ts";
import { explain } from "./failure.ts";
import type { Host } from "./host.ts";
import type { Listed, ListRequest } from "./protocol.ts";

/** Lists the archives of a directory, the newest first; those that cannot be read are in the list with the reason. */
export async function listBackups(request: ListRequest, host: Host): Promise<Listed> {
  const { directory } = request;
  try {
    return { kind: "listed", directory, entries: await readEntries(directory, host) };
  } catch (error) {
    throw explain(error, { action: `Cannot list the backups in "${directory}"`, library: "", directory });
  }
}
