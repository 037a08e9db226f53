/** What the system knows of a user. */
export interface KnownUser {
  readonly home: string;
  /** The IDs of the groups that the user is in. */
  readonly groups: ReadonlySet<number>;
}

/** The users that the system's own files name, by their IDs; null where nothing tells. */
export function knownUsers(): ReadonlyMap<number, KnownUser> | null {
  const passwd = fieldsIn("/etc/passwd");
  if (passwd === null) return null;
  const memberships = fieldsIn("/etc/group") ?? [];
  return new Map(passwd.map(([name = "", , uid, gid, , home = ""]) => {
    const others = memberships.flatMap(([, , id, members = ""]) =>
      members.split(",").includes(name) ? [Number(id)] : []
    );
    return [Number(uid), { home, groups: new Set([Number(gid), ...others]) }];
  }));
}

/** @returns null where the sandbox hides the file, or the system has none */
function fieldsIn(file: string): string[][] | null {
  try {
    return Deno.readTextFileSync(file).split("\n").filter((line) => line !== "").map((line) => line.split(":"));
  } catch {
    return null;
  }
}
