import { parse, TomlError } from "smol-toml";

/**
 * Parses a TOML document.
 *
 * @param refuse makes the error for one that is not valid, given its line, column and fault in words
 */
export function parseToml(
  text: string,
  refuse: (why: string, cause: TomlError) => Error,
): Readonly<Record<string, unknown>> {
  try {
    return parse(text, { integersAsBigInt: "asNeeded" });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
    throw refuse(`line ${error.line}, column ${error.column}: ${reason}`, error);
  }
}
