import { createHash } from "node:crypto";
import { type Member, tarGz } from "../../scripts/build/archives.ts";
import { BUILD_TIME } from "./compiling.ts";

/** A package of a release: its system as in the file name, and what is in it. */
export interface Package {
  readonly system: string;
  readonly members: readonly Member[];
  /** Put into the checksums in the place of the right one. */
  readonly wrongSum?: string;
}

/** A package with a program that only says its version, and a file to go with it. */
export function simplePackage(system: string, script = "#!/bin/sh\necho vpo-backup 9.8.7\n"): Package {
  const directory = `vpo-backup-9.8.7-${system}`;
  const member = (name: string, mode: number, text: string) => ({
    name: `${directory}/${name}`,
    mode,
    content: new TextEncoder().encode(text),
  });
  return {
    system,
    members: [
      member("vpo-backup", 0o755, script),
      member("vpo-backup.1", 0o644, ".TH VPO-BACKUP 1\n"),
      member("completions/_vpo-backup", 0o644, "#compdef vpo-backup\n"),
    ],
  };
}

/** Releases on this machine, at `latest/download/` and `download/v9.8.7/`, until the end of the block. */
export class ReleaseServer implements AsyncDisposable {
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(files: ReadonlyMap<string, Uint8Array>) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      const { pathname } = new URL(request.url);
      this.asked.push(pathname);
      const name = /^\/(?:latest\/download|download\/v9\.8\.7)\/([^/]+)$/.exec(pathname)?.[1] ?? "";
      const content = files.get(name);
      return content === undefined
        ? new Response("not found", { status: 404 })
        : new Response(new Blob([Uint8Array.from(content)]));
    });
  }

  static async serve(packages: readonly Package[]): Promise<ReleaseServer> {
    const files = new Map<string, Uint8Array>();
    let sums = "";
    for (const { system, members, wrongSum } of packages) {
      const name = `vpo-backup-9.8.7-${system}.tar.gz`;
      const content = await tarGz(members, BUILD_TIME);
      files.set(name, content);
      sums += `${wrongSum ?? createHash("sha256").update(content).digest("hex")}  ${name}\n`;
    }
    files.set("SHA256SUMS", new TextEncoder().encode(sums));
    return new ReleaseServer(files);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
