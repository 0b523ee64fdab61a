/** Every code with which the engine refuses is worded in Chinese; English readers are given the engine's own sentence. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import editor from "./zh/editor.json";
import errors from "./zh/errors.json";

const ENGINE = join(import.meta.dirname, "../../../workflows");
const RAISED = /(?:Error|Fault|Refused|fault|warn)\(\s*"([a-z]+(?:_[a-z0-9]+)+)"/g;

function codes(): Set<string> {
  const files = readdirSync(ENGINE, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".py"));
  return new Set(files.flatMap((path) => [...readFileSync(join(ENGINE, path), "utf8").matchAll(RAISED)].map(([, code = ""]) => code)));
}

it("words every code of the engine", () => {
  const found = codes();
  expect(found.size).toBeGreaterThan(100);
  expect([...found].filter((code) => !(code in errors) && !(code in editor.fault))).toEqual([]);
});
