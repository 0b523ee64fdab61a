import { describe, expect, it } from "vitest";
import { isTree, removeField, renameField, setField, setRequired, typeOf, withType } from "./schemaTree";

const person = { type: "object", properties: { name: { type: "string" }, tags: { type: "array", items: { type: "string" } } }, required: ["name"] };

describe("a JSON Schema as a tree", () => {
  it.each([
    [null, true],
    [{}, true],
    [person, true],
    [{ type: "array", items: {} }, false],
    [{ type: "object", properties: { a: { anyOf: [] } } }, false],
    [{ type: "object", properties: { a: { type: "array", items: { type: "array" } } } }, false],
  ])("%j: %s", (schema, expected) => {
    expect(isTree(schema)).toBe(expected);
  });

  it("keeps order and duties when a field is renamed", () => {
    const next = renameField(person, "name", "title");

    expect(Object.keys(next.properties as object)).toEqual(["title", "tags"]);
    expect(next.required).toEqual(["title"]);
    expect(renameField(person, "name", "tags")).toBe(person);
  });

  it("adds, demands and removes fields", () => {
    const more = setRequired(setField(person, "age", { type: "integer" }), "age", true);

    expect(more.required).toEqual(["name", "age"]);
    expect(removeField(more, "name")).toEqual({ type: "object", properties: { tags: { type: "array", items: { type: "string" } }, age: { type: "integer" } }, required: ["age"] });
  });

  it("changes a type and keeps what it means", () => {
    const list = withType({ type: "string", description: "Points" }, "array[object]");

    expect(list).toEqual({ description: "Points", type: "array", items: { type: "object", properties: {}, required: [], additionalProperties: false } });
    expect([typeOf(list), typeOf({ type: "integer" }), typeOf({ type: "array", items: { type: "integer" } })]).toEqual(["array[object]", "integer", "array[number]"]);
  });
});
