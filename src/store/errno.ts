type Numbers = Readonly<Record<number, string>>;

/**
 * Names of system errors by number, for those that Deno gives no `code`.
 *
 * Linux: asm-generic/errno.h; macOS: sys/errno.h; Windows: winerror.h, under the name of what it means.
 */
const NUMBERS: Readonly<Partial<Record<typeof Deno.build.os, Numbers>>> = {
  // deno-fmt-ignore
  linux: {
    15: "ENOTBLK", 25: "ENOTTY", 27: "EFBIG", 35: "EDEADLK", 37: "ENOLCK", 38: "ENOSYS", 61: "ENODATA", 62: "ETIME", 66: "EREMOTE",
    67: "ENOLINK", 70: "ECOMM", 74: "EBADMSG", 75: "EOVERFLOW", 77: "EBADFD", 85: "ERESTART", 87: "EUSERS",
    95: "EOPNOTSUPP", 115: "EINPROGRESS", 116: "ESTALE", 117: "EUCLEAN", 122: "EDQUOT", 123: "ENOMEDIUM",
    124: "EMEDIUMTYPE", 126: "ENOKEY", 127: "EKEYEXPIRED", 128: "EKEYREVOKED", 129: "EKEYREJECTED", 133: "EHWPOISON",
  },
  // deno-fmt-ignore
  darwin: {
    25: "ENOTTY", 27: "EFBIG", 45: "ENOTSUP", 69: "EDQUOT", 70: "ESTALE", 71: "EREMOTE", 77: "ENOLCK", 78: "ENOSYS",
    80: "EAUTH", 81: "ENEEDAUTH", 82: "EPWROFF", 83: "EDEVERR", 84: "EOVERFLOW", 94: "EBADMSG", 102: "EOPNOTSUPP",
  },
  windows: { 19: "EROFS", 39: "ENOSPC", 112: "ENOSPC", 223: "EFBIG", 1295: "EDQUOT" },
};

/** What those mean for which Node's API has no words, as strerror(3) puts it. */
const WORDS: Readonly<Record<string, string>> = {
  EAUTH: "Authentication error",
  EBADFD: "File descriptor in bad state",
  EBADMSG: "Bad message",
  ECOMM: "Communication error on send",
  EDEADLK: "Resource deadlock avoided",
  EDEVERR: "Device error",
  EDQUOT: "Disk quota exceeded",
  EHWPOISON: "Memory page has hardware error",
  EINPROGRESS: "Operation now in progress",
  EKEYEXPIRED: "Key has expired",
  EKEYREJECTED: "Key was rejected by service",
  EKEYREVOKED: "Key has been revoked",
  EMEDIUMTYPE: "Wrong medium type",
  ENEEDAUTH: "Need authenticator",
  ENODATA: "No data available",
  ENOKEY: "Required key not available",
  ENOLCK: "No locks available",
  ENOLINK: "Link has been severed",
  ENOMEDIUM: "No medium found",
  ENOTBLK: "Block device required",
  EOVERFLOW: "Value too large for defined data type",
  EPWROFF: "Device power is off",
  EREMOTE: "Object is remote",
  ERESTART: "Interrupted system call should be restarted",
  ESTALE: "Stale file handle",
  ETIME: "Timer expired",
  EUCLEAN: "Structure needs cleaning",
  EUSERS: "Too many users",
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
  const number = numberOf(error);
  const named = number === null ? undefined : NUMBERS[os]?.[number];
  return named ?? ("code" in error && error.code !== undefined ? String(error.code) : "");
}

/** The code that Node's API gives what it has no name for. */
const UNKNOWN = "UNKNOWN";

function numberOf(error: Error): number | null {
  if ("code" in error && error.code === UNKNOWN) return "errno" in error ? -Number(error.errno) : null;
  const [, number] = NUMBERED.exec(error.message) ?? [];
  return number === undefined ? null : Number(number);
}

/** Maps the codes of Node's API to the errors of Deno's. */
const DENO_ERRORS: Readonly<Record<string, readonly [new (message: string, options?: ErrorOptions) => Error, string]>> =
  {
    ENOENT: [Deno.errors.NotFound, "No such file or directory"],
    ENOTDIR: [Deno.errors.NotADirectory, "Not a directory"],
    ELOOP: [Deno.errors.FilesystemLoop, "Too many levels of symbolic links"],
    EACCES: [Deno.errors.PermissionDenied, "Permission denied"],
    EPERM: [Deno.errors.PermissionDenied, "Operation not permitted"],
    EIO: [Error, "Input/output error"],
  };
/** "EACCES: permission denied, open '/a'" */
const NODE_MESSAGE = /^[A-Z0-9]+: (.+?), (\w+( '.*)?)$/s;

/** Makes errors of Node's API look like those of Deno's, and puts into words those that it has no words for. */
export function asDeno<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error instanceof Deno.errors.NotCapable) throw error;
    const code = errnoOf(error);
    const [, reason = error.message, call] = NODE_MESSAGE.exec(error.message) ?? [];
    const [Known, words] = DENO_ERRORS[code] ?? [Error, WORDS[code] ?? (code === UNKNOWN ? unnamed(error) : reason)];
    const said = call?.includes("'") === true ? `${words}: ${call}` : words;
    throw Object.assign(new Known(said, { cause: error }), { code });
  }
}

/** Whoever knows the file system may look the number up. */
function unnamed(error: Error): string {
  return `the file system reports error ${numberOf(error) ?? "without a number"}`;
}
