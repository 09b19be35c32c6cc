/**
 * The budget of what browsers download, in kilobytes after gzip: a build that is over it fails, and says by how much.
 *
 * `first` is what the first page needs before it shows anything: the entry, what it imports at once, and its styles.
 * Raise a line of budget.json only with a reason in the commit; lower it when a build has become smaller.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import type { Plugin, Rollup } from "vite";

type Bundle = Rollup.OutputBundle;
type File = Bundle[string];

const BUDGET = join(import.meta.dirname, "budget.json");

/** Kilobytes of some files, gzipped one by one, as a server sends them. */
function kilobytes(files: readonly File[]): number {
  const bytes = files.reduce((sum, file) => sum + gzipSync(file.type === "chunk" ? file.code : file.source).length, 0);
  return Math.round(bytes / 100) / 10;
}

/** What a chunk needs before it runs: itself, all that it imports statically, and their styles. */
function atOnce(bundle: Bundle, entry: Rollup.OutputChunk): File[] {
  const files = new Set<File>();
  const visit = (file: File | undefined): void => {
    if (!file || files.has(file)) return;
    files.add(file);
    if (file.type !== "chunk") return;
    for (const style of file.viteMetadata?.importedCss ?? []) visit(bundle[style]);
    for (const name of file.imports) visit(bundle[name]);
  };
  visit(entry);
  return [...files];
}

/** Sizes by the names of budget.json. */
function sizes(bundle: Bundle): Record<string, number> {
  const files = Object.values(bundle);
  const chunks = files.filter((file) => file.type === "chunk");
  const of = (name: string): number => {
    const chunk = chunks.find((each) => each.name === name);
    if (!chunk) throw new Error(`the budget has a line for ${name}, and the build has no chunk of that name`);
    return kilobytes(atOnce(bundle, chunk));
  };
  return {
    first: of("index"),
    stc: of("StcWork"),
    fgqa: of("FgqaWork"),
    worker: kilobytes(files.filter((file) => /worker-[^/]*\.js$/.test(file.fileName))),
    everything: kilobytes(files.filter((file) => /\.(js|css)$/.test(file.fileName))),
  };
}

/** The build's plugin. */
export function budget(): Plugin {
  return {
    name: "vidgrain-budget",
    apply: "build",
    enforce: "post",
    writeBundle(_options, bundle) {
      const limits = JSON.parse(readFileSync(BUDGET, "utf8")) as Record<string, number>;
      const found = sizes(bundle);
      const over = Object.entries(found).filter(([name, size]) => size > (limits[name] ?? 0));
      const told = Object.entries(found).map(([name, size]) => `${name} ${size} of ${limits[name] ?? 0}`);
      if (over.length > 0) this.error(`too large, in KB after gzip: ${told.join(", ")} (tools/budget.json)`);
      if (process.env["VIDGRAIN_SIZES"]) console.log(`KB after gzip: ${told.join(", ")}`);
    },
  };
}
