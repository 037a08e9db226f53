/**
 * Names of system errors by number, for those that Deno gives no `code`.
 *
 * Linux: asm-generic/errno.h; macOS: sys/errno.h; Windows: winerror.h, under the name of what it means.
 */
const NUMBERS: Readonly<Partial<Record<typeof Deno.build.os, Readonly<Record<number, string>>>>> = {
  linux: { 25: "ENOTTY", 27: "EFBIG", 37: "ENOLCK", 38: "ENOSYS", 95: "EOPNOTSUPP", 116: "ESTALE", 122: "EDQUOT" },
  darwin: { 25: "ENOTTY", 27: "EFBIG", 45: "ENOTSUP", 69: "EDQUOT", 77: "ENOLCK", 78: "ENOSYS", 102: "EOPNOTSUPP" },
  windows: { 19: "EROFS", 39: "ENOSPC", 112: "ENOSPC", 223: "EFBIG", 1295: "EDQUOT" },
};

const NUMBERED = /\(os error (\d+)\)/;

/** How a file system says that it keeps no modes or owners: a share, or a disk without them. */
export const KEEPS_NO_MODES: ReadonlySet<string> = new Set([
  "EPERM",
  "EACCES",
  "EINVAL",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
]);

/** Whether an error comes from the operating system. */
export function isOfSystem(error: unknown): boolean {
  return errnoOf(error) !== "" || error instanceof Error && NUMBERED.test(error.message);
}

/** The system's name for this error, such as `ENOSPC`; empty where it is not the system's. */
export function errnoOf(error: unknown, os: typeof Deno.build.os = Deno.build.os): string {
  if (!(error instanceof Error)) return "";
  const [, number] = NUMBERED.exec(error.message) ?? [];
  const named = number === undefined ? undefined : NUMBERS[os]?.[Number(number)];
  return named ?? ("code" in error && error.code !== undefined ? String(error.code) : "");
}
