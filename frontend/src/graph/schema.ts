/** Reads the dialect of JSON Schema that pydantic writes: `$ref` into `$defs`, and `anyOf` with null for "may be empty". */
import { isObject, type Json, type JsonObject } from "./document";
import type { Schema } from "./kinds";

/** The schema a reference stands for, with the hints written beside the reference kept. */
export function resolve(schema: Schema, root: Schema): Schema {
  let current = schema;
  for (let depth = 0; depth < 8; depth += 1) {
    const next = step(current, root);
    if (next === current) return current;
    current = next;
  }
  return current;
}

function step(schema: Schema, root: Schema): Schema {
  if (schema.$ref) {
    const { $ref, ...beside } = schema;
    return { ...root.$defs?.[$ref.replace("#/$defs/", "")], ...beside };
  }
  if (schema.allOf?.length === 1) {
    const { allOf, ...beside } = schema;
    return { ...allOf[0], ...beside };
  }
  const real = schema.anyOf?.filter((option) => option.type !== "null");
  if (real?.length === 1 && schema.anyOf?.length === 2) {
    const { anyOf: _, ...beside } = schema;
    return { ...real[0], ...beside };
  }
  return schema;
}

export function isNullable(schema: Schema): boolean {
  return schema.anyOf?.some((option) => option.type === "null") ?? false;
}

export function requiredFields(schema: Schema): string[] {
  return schema.required ?? [];
}

/** True for what a required field must not be left as. */
export function isBlank(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === "string") return value.trim() === "";
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

/** A value that satisfies the schema well enough to start editing from. */
export function blankOf(schema: Schema, root: Schema): Json {
  const plain = resolve(schema, root);
  if (plain.default !== undefined) return plain.default;
  if (plain.const !== undefined) return plain.const;
  if (plain.enum?.length) return plain.enum[0] ?? null;
  if (isNullable(schema)) return null;
  switch (plain.type) {
    case "string":
      return "";
    case "integer":
    case "number":
      return plain.minimum ?? 0;
    case "boolean":
      return false;
    case "array":
      return [];
    case "object":
      return blankObject(plain, root);
    default:
      return null;
  }
}

function blankObject(schema: Schema, root: Schema): JsonObject {
  const fields = Object.entries(schema.properties ?? {});
  return Object.fromEntries(fields.map(([name, field]) => [name, blankOf(field, root)]));
}
