// `npm run api` writes src/api/schema.gen.ts from the server's own description; `npm run api:check` fails when it is stale.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(dirname(web));
const target = join(web, "src/api/schema.gen.ts");
const header = "// Made by `npm run api` from `python -m server.openapi`. Do not edit.\n\n";

/** The project's own environment where there is one, else whichever python runs this. */
function python() {
  const own = join(root, ".venv/bin/python");
  return process.env.VIDGRAIN_PYTHON ?? (existsSync(own) ? own : "python3");
}

/** A field with a default may be left out of a request, but an answer always has it: whatever answers use is marked so. */
function requireWhatIsSent({ paths, components }) {
  const seen = new Set();
  const visit = (part) => {
    if (typeof part !== "object" || part === null) return;
    const name = part.$ref?.split("/").at(-1);
    if (name && !seen.has(name)) {
      seen.add(name);
      const schema = components.schemas[name];
      if (schema?.properties) schema.required = Object.keys(schema.properties);
      visit(schema);
    }
    for (const inner of Object.values(part)) visit(inner);
  };
  for (const path of Object.values(paths)) {
    for (const operation of Object.values(path)) {
      for (const [status, response] of Object.entries(operation.responses ?? {})) {
        if (status.startsWith("2")) visit(response);
      }
    }
  }
}

const description = execFileSync(python(), ["-m", "server.openapi"], { cwd: root, maxBuffer: 64 * 2 ** 20 });
const api = JSON.parse(description.toString());
requireWhatIsSent(api);
const types = header + astToString(await openapiTS(api, { alphabetize: true, defaultNonNullable: false }));

if (!process.argv.includes("--check")) {
  writeFileSync(target, types);
} else if (!existsSync(target) || readFileSync(target, "utf8") !== types) {
  console.error("src/api/schema.gen.ts is stale: run `npm run api` in annotator/web and commit what changed.");
  process.exit(1);
}
