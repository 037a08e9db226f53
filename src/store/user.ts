/** ID of the user that this process runs as; null where the system has none, or the sandbox does not tell. */
export function currentUser(): number | null {
  if (Deno.build.os === "windows") return null;
  if (Deno.permissions.querySync({ name: "sys", kind: "uid" }).state !== "granted") return null;
  return Deno.uid();
}

/** The ID of root, who may do anything; as root, SQLite gives its side files to the owner of the database. */
export const ROOT = 0;
