import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { packBlock } from "../../src/archive/block.ts";
import { databaseHeader, metadataMember, TAR_TAIL } from "../../src/archive/tar/tar_frame.ts";
import { type Metadata, serializeMetadata } from "../../src/store/metadata.ts";
import { ownMetadata, readThrough, refusal, theirMetadata } from "../support/archives.ts";
import { concat, prose, sha256 } from "../support/bytes.ts";
import { testMore } from "../support/extent.ts";
import { base256, END, type HeaderFields, paxHeader, tarHeader, tarMember } from "../support/tar.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const BLOCK = 65_536;
const MIB = 1024 * 1024;
const DATABASE = prose(3 * 4096);
const LONG = `policies/${"directory/".repeat(50)}film.yaml`;

interface Made {
  readonly summary?: Metadata["settings"];
  /** What stands between the first block and the header of the database, one block each. */
  readonly blocks: readonly Uint8Array[];
  readonly database?: Uint8Array;
}

/** An archive of this program's form, with whatever there is to be between the metadata and the database. */
async function make(directory: TemporaryDirectory, { summary, blocks, database = DATABASE }: Made): Promise<string> {
  const time = new Date("2026-02-05T14:30:22Z");
  const told = summary === undefined ? {} : { settings: summary };
  const metadata = { ...ownMetadata(DATABASE.length), database_sha256: sha256(DATABASE), ...told };
  const contents = [
    await metadataMember(serializeMetadata(metadata), time),
    ...blocks,
    await databaseHeader(DATABASE.length, time),
    database,
    TAR_TAIL,
  ];
  return directory.file("made.tar.gz", concat(...contents.map((content) => packBlock(content, 1))));
}

/** A tar stream of settings, in blocks as they are cut. */
function cut(...members: readonly Uint8Array[]): Uint8Array[] {
  const stream = concat(...members);
  return Array.from(
    { length: Math.ceil(stream.length / BLOCK) },
    (_, index) => stream.subarray(index * BLOCK, (index + 1) * BLOCK),
  );
}

const POLICY = prose(700);

function policy(name: string, fields: HeaderFields = {}, content = POLICY): Uint8Array {
  return tarMember(`settings/${name}`, content, fields);
}

function summaryOf(count: number, blocks = 1): Metadata["settings"] {
  return { count, total_bytes: count * POLICY.length, blocks };
}

Deno.test("readArchive: takes settings between the metadata and the library", async () => {
  using directory = new TemporaryDirectory();
  await readThrough(await make(directory, { summary: summaryOf(1), blocks: cut(policy("policies/a")) }));
  const long = concat(paxHeader({ path: `settings/${LONG}` }), policy("policies/ignored"));
  await readThrough(await make(directory, { summary: summaryOf(1), blocks: cut(long) }));
});

// deno-fmt-ignore
const BAD_NAMES = [
  "", "/", "../x", "policies", "policies/", "policies//a", "policies/./a", "policies/../a", "policies/../../../a",
  "policies/a\\b", "other", "library.db", "backups/a", "Config.toml", "data/x", "policies/a/", "/etc/passwd",
];

const REFUSED: readonly (readonly [string, RegExp, Made])[] = [
  ...BAD_NAMES.map((name) =>
    [`a settings file "${name}"`, /holds a member/, { summary: summaryOf(1), blocks: cut(policy(name)) }] as const
  ),
  ...["../x", "policies/../../x", "policies/a\0b", "policies/a\\b"].map((name) =>
    [
      `a settings file ${JSON.stringify(name)} in a PAX header`,
      /holds a member/,
      { summary: summaryOf(1), blocks: cut(paxHeader({ path: `settings/${name}` }), policy("policies/a")) },
    ] as const
  ),
  ["a name that is not UTF-8", /holds a member/, {
    summary: summaryOf(1),
    blocks: cut(
      tarMember("", POLICY, { name: concat(new TextEncoder().encode("settings/policies/"), Uint8Array.of(0xff)) }),
    ),
  }],
  ["the library under a name in a PAX header", /PAX record "path"/, {
    blocks: cut(paxHeader({ path: "library.db" }), tarMember("settings/policies/a", POLICY)),
  }],
  ...([["1", "a hard link"], ["2", "a symbolic link"], ["5", "a directory"], ["6", "a FIFO"], [
    "S",
    "a sparse file",
  ]] as const)
    .map(([type, what]) =>
      [`${what} among the settings`, new RegExp(what), {
        summary: summaryOf(1),
        blocks: cut(policy("policies/a", { type })),
      }] as const
    ),
  ["a link name at a settings file", /a link or a path/, {
    summary: summaryOf(1),
    blocks: cut(policy("policies/a", { linkName: "/etc/passwd" })),
  }],
  ["a prefix before a name", /a link or a path/, {
    summary: summaryOf(1),
    blocks: cut(policy("policies/a", { prefix: "/etc" })),
  }],
  ["a settings file twice", /twice/, {
    summary: summaryOf(2),
    blocks: cut(policy("policies/a"), policy("policies/a")),
  }],
  ["names that differ by case only", /twice/, {
    summary: summaryOf(2),
    blocks: cut(policy("policies/a"), policy("policies/A")),
  }],
  ["names that differ by normalisation only", /twice/, {
    summary: summaryOf(2),
    blocks: cut(policy("policies/\u00e9"), policy("policies/e\u0301")),
  }],
  ["a file that is a directory, too", /twice/, {
    summary: summaryOf(2),
    blocks: cut(policy("policies/a"), policy("policies/A/b")),
  }],
  ["settings of which the metadata say nothing", /do not mention/, { blocks: cut(policy("policies/a")) }],
  ["more settings than the metadata say", /do not mention/, {
    summary: { count: 1, total_bytes: 2 * POLICY.length, blocks: 1 },
    blocks: cut(policy("policies/a"), policy("policies/b")),
  }],
  ["larger settings than the metadata say", /do not mention/, {
    summary: { count: 1, total_bytes: POLICY.length - 1, blocks: 1 },
    blocks: cut(policy("policies/a")),
  }],
  ["fewer settings than the metadata say", /cut wrongly/, {
    summary: summaryOf(2),
    blocks: cut(policy("policies/a")),
  }],
  ["smaller settings than the metadata say", /cut wrongly/, {
    summary: { count: 1, total_bytes: POLICY.length + 1, blocks: 1 },
    blocks: cut(policy("policies/a")),
  }],
  ["no settings where the metadata tell of some", /missing/, { summary: summaryOf(1), blocks: [] }],
  ["another number of blocks than the metadata say", /cut wrongly/, {
    summary: summaryOf(1, 2),
    blocks: cut(policy("policies/a")),
  }],
  ["settings in blocks that are not full", /cut wrongly/, {
    summary: summaryOf(2, 2),
    blocks: [policy("policies/a"), policy("policies/b")],
  }],
  ["the header of the library in the block of the settings", /cut wrongly/, {
    summary: summaryOf(1),
    blocks: [concat(policy("policies/a"), await databaseHeader(DATABASE.length, new Date(0)))],
    database: concat(DATABASE, TAR_TAIL),
  }],
  ["a settings file of more than 10 MiB, before it comes", /more settings/, {
    summary: { count: 1, total_bytes: 10 * MIB + 1, blocks: 1 },
    blocks: [tarHeader({ name: "settings/plugins/a", size: 10 * MIB + 1 })],
  }],
  ["a settings file of an endless size", /more settings/, {
    summary: { count: 1, total_bytes: MIB, blocks: 1 },
    blocks: [tarHeader({ name: "settings/plugins/a", size: base256(2n ** 52n) })],
  }],
  ["metadata that tell of more settings than there can be", /"settings\.count"/, {
    summary: { count: 10_001, total_bytes: 0, blocks: 1 },
    blocks: [],
  }],
  ["metadata that tell of larger settings than there can be", /"settings\.total_bytes"/, {
    summary: { count: 1, total_bytes: 64 * MIB + 1, blocks: 1 },
    blocks: [],
  }],
  ["a mode that is none of a settings file", /impossible mode/, {
    summary: summaryOf(1),
    blocks: cut(withMode(policy("policies/a"), "0104755")),
  }],
];

function withMode(member: Uint8Array, mode: string): Uint8Array {
  const changed = member.slice();
  changed.set(new TextEncoder().encode(`${mode}\0`), 100);
  changed.fill(0x20, 148, 156);
  const sum = changed.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  changed.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return changed;
}

for (const [what, words, made] of REFUSED) {
  Deno.test(`readArchive: refuses ${what}`, async () => {
    using directory = new TemporaryDirectory();
    await assert.rejects(readThrough(await make(directory, made)), refusal(words));
  });
}

Deno.test("readArchive: refuses settings after the library, before the metadata, and in an archive of VPO's", async () => {
  using directory = new TemporaryDirectory();
  const metadata = (more: Partial<Metadata>) =>
    tarMember("backup_metadata.json", serializeMetadata({ ...theirMetadata(DATABASE.length), ...more }));
  const library = tarMember("library.db", DATABASE);
  const summary = { settings: summaryOf(1) } as Partial<Metadata>;
  const tars: readonly (readonly [RegExp, Uint8Array])[] = [
    [/settings are missing/, concat(metadata(summary), library, policy("policies/a"), END)],
    [/holds a member/, concat(metadata({}), library, policy("policies/a"), END)],
    [/holds a member/, concat(library, metadata(summary), policy("policies/a"), END)],
    [/holds a member/, concat(policy("policies/a"), metadata(summary), library, END)],
    [/do not mention/, concat(metadata({}), policy("policies/a"), library, END)],
    [/not in the form/, concat(metadata(summary), policy("policies/a"), library, END)],
  ];
  for (const [words, tar] of tars) {
    await assert.rejects(readThrough(directory.file("theirs.tar.gz", gzipSync(tar))), refusal(words));
  }
});

testMore("readArchive: takes 10,000 settings and no more", async () => {
  using directory = new TemporaryDirectory();
  const many = Array.from({ length: 10_000 }, (_, index) => tarHeader({ name: `settings/policies/${index}` }));
  const blocks = cut(...many);
  await readThrough(
    await make(directory, { summary: { count: 10_000, total_bytes: 0, blocks: blocks.length }, blocks }),
  );
  const more = cut(...many, tarHeader({ name: "settings/policies/more" }));
  const summary = { count: 10_000, total_bytes: 0, blocks: more.length };
  await assert.rejects(readThrough(await make(directory, { summary, blocks: more })), refusal(/more settings/));
});
