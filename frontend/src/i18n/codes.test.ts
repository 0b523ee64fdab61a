/** Every code with which the engine and the knowledge bases refuse is worded in Chinese; English readers are given the
 * server's own sentence. What is named in a sentence comes with the error, as `details`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import editor from "./zh/editor.json";
import errors from "./zh/errors.json";

const ENGINE = join(import.meta.dirname, "../../../workflows");
const KNOWLEDGE = join(import.meta.dirname, "../../../apps/knowledge");
const RAISED = /(?:Error|Fault|Refused|fault|warn)\(\s*"([a-z]+(?:_[a-z0-9]+)+)"/g;

/** `invalid(field, sentence, code, name=…)`: the code, and the names that go with it. */
const INVALID = /\binvalid\(\s*(?:f?"[^"]*"|\w+),\s*(?:f?"(?:[^"\\]|\\.)*"|[\w.]+),\s*"([a-z]+(?:_[a-z0-9]+)+)"((?:,\s*\w+=[^,()]*(?:\([^()]*\))?)*)/g;

const sources = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".py"))
    .map((path) => readFileSync(join(folder, path), "utf8"));
const codes = (folder: string, pattern: RegExp) => new Set(sources(folder).flatMap((text) => [...text.matchAll(pattern)].map(([, code = ""]) => code)));
const unworded = (found: Iterable<string>) => [...found].filter((code) => !(code in errors) && !(code in editor.fault));

it("words every code of the engine", () => {
  const found = codes(ENGINE, RAISED);
  expect(found.size).toBeGreaterThan(100);
  expect(unworded(found)).toEqual([]);
});

it("words every code of the knowledge bases", () => {
  const found = new Set([...codes(KNOWLEDGE, RAISED), ...codes(KNOWLEDGE, INVALID)]);
  expect(found.size).toBeGreaterThan(60);
  expect(unworded(found)).toEqual([]);
});

it("has places in its sentences for what comes with an error", () => {
  const given = sources(KNOWLEDGE).flatMap((text) => [...text.matchAll(INVALID)].filter(([, , names]) => names).map(([, code = "", names = ""]) => [code, [...names.matchAll(/(\w+)=/g)].map(([, name = ""]) => name)] as const));
  expect(given.length).toBeGreaterThan(15);
  const asked = (code: string) => [...((errors as Record<string, { known?: string }>)[code]?.known ?? "").matchAll(/\{\{(\w+)\}\}/g)].map(([, name = ""]) => name);
  expect(given.filter(([code, names]) => asked(code).length === 0 || asked(code).some((name) => !names.includes(name)))).toEqual([]);
});
