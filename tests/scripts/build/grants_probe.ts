/** Prints which permissions it finds itself with: compiled in the place of the program, with the same flags. */
const ASKED: readonly Deno.PermissionDescriptor[] = [
  { name: "read" },
  { name: "read", path: "/allowed/deeper" },
  { name: "read", path: "/" },
  { name: "write" },
  { name: "write", path: "/allowed/deeper" },
  { name: "write", path: "/" },
  { name: "net" },
  { name: "net", host: "localhost:80" },
  { name: "env" },
  ...[
    "HOME",
    "USERPROFILE",
    "VPO_DATABASE_PATH",
    "VPO_CONFIG_PATH",
    "VPO_DATA_DIR",
    "VPO_BACKUP_DIR",
    "VPO_BACKUP_CONFIG",
    "VPO_BACKUP_COPY_TO",
    "NO_COLOR",
    "TERM",
    "PATH",
  ].map((
    variable,
  ) => ({ name: "env", variable } as const)),
  { name: "sys" },
  { name: "sys", kind: "statfs" },
  { name: "sys", kind: "uid" },
  { name: "sys", kind: "gid" },
  { name: "sys", kind: "hostname" },
  { name: "run" },
  { name: "run", command: "true" },
  { name: "ffi" },
  { name: "import" },
];

const found = ASKED.map((descriptor) => {
  const { name, ...rest } = descriptor;
  const [subject = ""] = Object.values(rest);
  return [`${name} ${subject}`.trim(), Deno.permissions.querySync(descriptor).state];
});
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(Object.fromEntries(found))));
