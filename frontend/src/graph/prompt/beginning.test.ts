/// <reference types="node" />
/** The golden beginnings: what is computed ahead when a version is published is what the editor calls reused. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { JsonObject } from "../document";
import { beginningOf, estimateTokens } from ".";

interface Case {
  name: string;
  config: JsonObject;
  beginning: [role: string, content: string][];
  tokens: number;
}

/** Tests run in the folder of package.json. */
const CASES = JSON.parse(readFileSync(join(process.cwd(), "../tests/golden/beginnings.json"), "utf8")) as Case[];

it.each(CASES)("$name", ({ config, beginning, tokens }) => {
  const found = beginningOf(config);

  expect(found).toEqual(beginning.map(([role, content]) => ({ role, content })));
  expect(estimateTokens(found.map(({ content }) => content).join(""))).toBe(tokens);
});
