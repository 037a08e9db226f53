/** A system that executables are made for. */
export interface Target {
  /** Its name for `deno compile --target`. */
  readonly triple: string;
  readonly os: "linux" | "macos" | "windows";
  readonly arch: "x86_64" | "aarch64";
  /** False where not every version of Deno can build for it. */
  readonly isRequired: boolean;
}

/** All systems that a release is made for. */
export const TARGETS: readonly Target[] = [
  { triple: "x86_64-unknown-linux-gnu", os: "linux", arch: "x86_64", isRequired: true },
  { triple: "aarch64-unknown-linux-gnu", os: "linux", arch: "aarch64", isRequired: true },
  { triple: "x86_64-apple-darwin", os: "macos", arch: "x86_64", isRequired: true },
  { triple: "aarch64-apple-darwin", os: "macos", arch: "aarch64", isRequired: true },
  { triple: "x86_64-pc-windows-msvc", os: "windows", arch: "x86_64", isRequired: true },
  { triple: "aarch64-pc-windows-msvc", os: "windows", arch: "aarch64", isRequired: false },
];

/** The first bytes that tell for which target an executable was made. */
export const EXECUTABLE_HEADER_BYTES = 4096;

const ELF = { magic: 0x7f454c46, machine: { 0x3e: "x86_64", 0xb7: "aarch64" } } as const;
const MACH_O = { magic: 0xcffaedfe, machine: { 0x01000007: "x86_64", 0x0100000c: "aarch64" } } as const;
const PE = { magic: 0x4d5a, signature: 0x50450000, machine: { 0x8664: "x86_64", 0xaa64: "aarch64" } } as const;

/**
 * The target that an executable was made for, by its header (ELF, Mach-O or PE), or null where it is for none of ours.
 *
 * @param header its first {@link EXECUTABLE_HEADER_BYTES} bytes, or all where it has fewer
 */
export function targetOf(header: Uint8Array): Target | null {
  const found = machineOf(new DataView(header.buffer, header.byteOffset, header.byteLength));
  return TARGETS.find(({ os, arch }) => os === found?.os && arch === found.arch) ?? null;
}

/** The target that an executable file was made for, or null where it is for none of ours. */
export function headerTarget(path: string): Target | null {
  using file = Deno.openSync(path);
  const header = new Uint8Array(EXECUTABLE_HEADER_BYTES);
  const length = file.readSync(header) ?? 0;
  return targetOf(header.subarray(0, length));
}

/** The target of this name. */
export function findTarget(triple: string): Target | null {
  return TARGETS.find((target) => target.triple === triple) ?? null;
}

function machineOf(view: DataView): { os: string; arch: string | undefined } | null {
  const has = (length: number) => view.byteLength >= length;
  const arch = (machines: Readonly<Record<number, string>>, machine: number) => machines[machine];
  // ELF: e_machine at 18. Mach-O: cputype at 4.
  if (has(20) && view.getUint32(0) === ELF.magic) {
    return { os: "linux", arch: arch(ELF.machine, view.getUint16(18, true)) };
  }
  if (has(8) && view.getUint32(0) === MACH_O.magic) {
    return { os: "macos", arch: arch(MACH_O.machine, view.getUint32(4, true)) };
  }
  if (!has(64) || view.getUint16(0) !== PE.magic) return null;
  // The DOS header says at 60 where the PE header is; the machine follows its signature.
  const pe = view.getUint32(60, true);
  if (!has(pe + 6) || view.getUint32(pe) !== PE.signature) return null;
  return { os: "windows", arch: arch(PE.machine, view.getUint16(pe + 4, true)) };
}
