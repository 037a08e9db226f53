import assert from "node:assert/strict";
import { join } from "node:path";
import { chooseLibrary } from "../../../src/cli/options/library_choice.ts";
import { BackupError } from "../../../src/errors.ts";
import { Home } from "../../support/home.ts";

type Variables = Readonly<Record<string, string>>;

const HOME = "/home/u";

function library(flag: string | undefined, variables: Variables): string {
  return chooseLibrary(flag, (name) => variables[name]).path;
}

function usage(message: string, hint: string) {
  return (error: unknown) => {
    assert(error instanceof BackupError);
    assert.deepEqual([error.code, error.message, error.hint], ["usage", message, hint]);
    return true;
  };
}

Deno.test("chooseLibrary: the flag, then VPO_DATABASE_PATH, then the home directory; VPO_DATA_DIR moves no library", () => {
  const all = { HOME, VPO_DATA_DIR: "/data", VPO_DATABASE_PATH: "/db/my.db", VPO_BACKUP_DIR: "/backups" };
  assert.equal(library("here.db", all), "here.db");
  assert.equal(library(undefined, all), "/db/my.db");
  assert.equal(library(undefined, { HOME, VPO_DATA_DIR: "/data" }), join(HOME, ".vpo", "library.db"));
  assert.equal(library(undefined, { HOME }), join(HOME, ".vpo", "library.db"));
});

Deno.test("chooseLibrary: an empty value counts as none", () => {
  const empty = { HOME, VPO_DATA_DIR: "", VPO_DATABASE_PATH: "", VPO_CONFIG_PATH: "" };
  assert.equal(library("", empty), join(HOME, ".vpo", "library.db"));
  assert.equal(library(undefined, { ...empty, HOME: "", USERPROFILE: HOME }), join(HOME, ".vpo", "library.db"));
});

Deno.test("chooseLibrary: a tilde is the home, and another user's home is not known", () => {
  assert.equal(library("~/my.db", { HOME }), join(HOME, "my.db"));
  assert.equal(library(undefined, { HOME, VPO_DATABASE_PATH: "~/my.db" }), join(HOME, "my.db"));
  assert.throws(
    () => library(undefined, { HOME, VPO_DATABASE_PATH: "~eve/my.db" }),
    usage('Cannot tell what "~eve/my.db" is, which VPO_DATABASE_PATH names', "Give the full path."),
  );
});

Deno.test("chooseLibrary: without a home the error says which option to give", () => {
  assert.throws(
    () => library(undefined, {}),
    usage("Cannot tell where the library is: HOME is not set", "Name it with --library PATH."),
  );
  assert.throws(
    () => library("~/my.db", {}),
    usage('Cannot tell what "~/my.db" is: HOME is not set', "Give the full path."),
  );
  assert.equal(library("/my.db", {}), "/my.db");
});

Deno.test("chooseLibrary: a build's own directory takes the place of the home's and of nothing else", () => {
  using home = Home.withLibrary();
  const built = { library_dir: home.vpo, backup_dir: "/srv/backups" };
  const chosen = (flag: string | undefined, variables: Variables) =>
    chooseLibrary(flag, (name) => variables[name], built).path;
  assert.equal(chosen(undefined, { HOME }), home.library);
  assert.equal(chosen("here.db", { HOME }), "here.db");
  assert.equal(chosen(undefined, { VPO_DATABASE_PATH: "/db/my.db" }), "/db/my.db");
  const media = home.putLibrary(join(home.vpo, "media.db"));
  configure(join(home.vpo, "config.toml"), media);
  assert.equal(chosen(undefined, { HOME: home.path }), media);
});

Deno.test("chooseLibrary: a relative database_path counts from the present directory, and that is said", () => {
  using home = new Home();
  configure(join(home.vpo, "config.toml"), "data/media.db");
  const { path, remarks } = chooseLibrary(undefined, (name) => name === "HOME" ? home.path : undefined);
  assert.equal(path, "data/media.db");
  assert.match(
    remarks.join(),
    /config\.toml" is a relative path: where it leads depends on the directory that a program is started/,
  );
});

Deno.test("chooseLibrary: a tilde in database_path is the home, and one in VPO_CONFIG_PATH is not, as in VPO", () => {
  using home = Home.withLibrary();
  configure(join(home.path, "mine.toml"), "~/media.db");
  const env = (config: string) => (name: string) => ({ HOME: home.path, VPO_CONFIG_PATH: config } as Variables)[name];
  assert.equal(chooseLibrary(undefined, env(join(home.path, "mine.toml"))).path, join(home.path, "media.db"));
  const { path, remarks } = chooseLibrary(undefined, env("~/mine.toml"));
  assert.equal(path, home.library);
  assert.deepEqual(remarks, [
    'VPO_CONFIG_PATH is "~/mine.toml", but VPO does not expand the tilde, and reads no config.toml',
  ]);
});

Deno.test("chooseLibrary: a config.toml that was named and is missing is remarked on, also where a variable names the library", () => {
  using home = Home.withLibrary();
  configure(join(home.vpo, "config.toml"), join(home.path, "never.db"));
  const lost = join(home.path, "lost.toml");
  const all = { HOME: home.path, VPO_CONFIG_PATH: lost, VPO_DATABASE_PATH: home.library } as Variables;
  const said = [`VPO_CONFIG_PATH is "${lost}", which does not exist: VPO reads no config.toml until it does`];
  assert.deepEqual(chooseLibrary(undefined, (name) => all[name]), { path: home.library, remarks: said });
  const plain = (name: string) => name === "VPO_DATABASE_PATH" ? undefined : all[name];
  assert.deepEqual(chooseLibrary(undefined, plain), { path: home.library, remarks: said });
  assert.deepEqual(chooseLibrary(home.library, plain), { path: home.library, remarks: [] });
  configure(lost, null);
  assert.deepEqual(chooseLibrary(undefined, plain), { path: home.library, remarks: [] });
});

/** What there is and what is said in one case of the table. */
interface Case {
  readonly variable: "none" | "a file" | "nothing";
  /** Which `config.toml` `VPO_CONFIG_PATH` names. */
  readonly configVariable: "none" | "plain" | "naming a file" | "naming nothing" | "nothing";
  /** What stands at `~/.vpo/config.toml`. */
  readonly homeConfig: "none" | "plain" | "naming a file";
  readonly usual: boolean;
  readonly data: "none" | "a library" | "no library";
}

function allCases(): Case[] {
  const cases: Case[] = [];
  for (const variable of ["none", "a file", "nothing"] as const) {
    for (const configVariable of ["none", "plain", "naming a file", "naming nothing", "nothing"] as const) {
      for (const homeConfig of ["none", "plain", "naming a file"] as const) {
        for (const usual of [true, false]) {
          for (const data of ["none", "a library", "no library"] as const) {
            cases.push({ variable, configVariable, homeConfig, usual, data });
          }
        }
      }
    }
  }
  return cases;
}

function configure(path: string, library: string | null): void {
  const text = library === null ? "" : `database_path = ${JSON.stringify(library)}\n`;
  Deno.writeTextFileSync(path, `# VPO\n${text}\n[server]\nport = 8321\n`);
}

/** Puts in place what a case says; gives the environment and all places by the names they have in the expectations. */
function setUp(home: Home, the: Case) {
  const at = (name: string) => join(home.path, name);
  for (const name of ["data", "config", "media"]) Deno.mkdirSync(at(name));
  const places = {
    variable: at("media/variable.db"),
    "variable's config": at("media/config.db"),
    "home's config": at("media/home.db"),
    usual: home.library,
    data: at("data/library.db"),
  };
  const env: Record<string, string> = { HOME: home.path };
  if (the.variable !== "none") env["VPO_DATABASE_PATH"] = places.variable;
  if (the.variable === "a file") home.putLibrary(places.variable);
  if (the.configVariable !== "none") env["VPO_CONFIG_PATH"] = at("config/vpo.toml");
  if (the.configVariable === "plain") configure(at("config/vpo.toml"), null);
  if (the.configVariable.startsWith("naming")) configure(at("config/vpo.toml"), places["variable's config"]);
  if (the.configVariable === "naming a file") home.putLibrary(places["variable's config"]);
  if (the.homeConfig === "plain") configure(join(home.vpo, "config.toml"), null);
  if (the.homeConfig === "naming a file") {
    configure(join(home.vpo, "config.toml"), home.putLibrary(places["home's config"]));
  }
  if (the.usual) home.putLibrary();
  if (the.data !== "none") env["VPO_DATA_DIR"] = at("data");
  if (the.data === "a library") home.putLibrary(places.data);
  return { env, places };
}

type PlaceName = keyof ReturnType<typeof setUp>["places"];

/** What `vpo serve` 0.2.0 opens, by `get_config()`: a variable that names no file is passed over, and no other is. */
function servedBy(the: Case): PlaceName {
  if (the.variable === "a file") return "variable";
  if (the.configVariable.startsWith("naming")) return "variable's config";
  if (the.configVariable === "none" && the.homeConfig === "naming a file") return "home's config";
  return "usual";
}

function expectedIn(the: Case): PlaceName {
  // It may be on a disk that is missing: to take another one then would be to back up the wrong one every night.
  if (the.variable === "nothing") return "variable";
  const served = servedBy(the);
  return served === "usual" && !the.usual && the.data === "a library" ? "data" : served;
}

/** The places that a person is told about. */
function saidIn(the: Case): PlaceName[] {
  const served = servedBy(the);
  if (the.variable === "a file") return [];
  if (the.variable === "nothing") {
    const isThere = served === "usual"
      ? the.usual
      : served !== "variable's config" || the.configVariable === "naming a file";
    return isThere ? ["variable", served] : [];
  }
  const taken = expectedIn(the);
  const others = [...the.usual ? ["usual" as const] : [], ...the.data === "a library" ? ["data" as const] : []]
    .filter((name) => name !== taken);
  return others.length > 0 || taken === "data" ? [taken, ...others] : [];
}

Deno.test("chooseLibrary: the library that VPO's daemon opens, in every combination; others that exist are named", () => {
  for (const the of allCases()) {
    using home = new Home();
    const { env, places } = setUp(home, the);
    const { path, remarks } = chooseLibrary(undefined, (name) => env[name]);
    assert.equal(path, places[expectedIn(the)], JSON.stringify(the));
    const said = Object.entries(places).filter(([, place]) => remarks.join().includes(`"${place}"`)).map(([name]) =>
      name
    );
    assert.deepEqual(
      said,
      Object.keys(places).filter((name) => saidIn(the).includes(name as PlaceName)),
      JSON.stringify(the),
    );
  }
});
