/** Rules about what is written into a node: nothing needed is empty, and values keep to the schema's limits. */
import type { Fault, GraphNode, Json, JsonObject } from "../document";
import { isObject } from "../document";
import type { Schema } from "../kinds";
import { isBlank, requiredFields, resolve } from "../schema";
import { fault, type Rule } from "./rules";

export const complete: Rule = ({ doc, lacks }) =>
  doc.nodes.flatMap((node) =>
    lacks(node).map(({ code, field, severity = "error" }) => ({
      ...fault(code, `"${field}" is needed.`, { node: node.id, field, params: { field } }),
      severity,
    })),
  );

export const withinSchema: Rule = ({ doc, kinds }) =>
  doc.nodes.flatMap((node) => {
    const root = kinds.get(node.kind)?.schema;
    return root ? inspect(node, node.config, root, root, "") : [];
  });

function inspect(node: GraphNode, value: Json, schema: Schema, root: Schema, field: string): Fault[] {
  const plain = resolve(schema, root);
  if (typeof value === "string") return inspectText(node, value, plain, field);
  if (typeof value === "number") return inspectNumber(node, value, plain, field);
  if (Array.isArray(value)) {
    return value.flatMap((entry, i) => inspect(node, entry, plain.items ?? {}, root, path(field, String(i))));
  }
  return isObject(value) ? inspectObject(node, value, plain, root, field) : [];
}

function inspectObject(node: GraphNode, value: JsonObject, schema: Schema, root: Schema, field: string): Fault[] {
  const missing = requiredFields(schema).filter((name) => isBlank(value[name]));
  const lacking = missing.map((name) => invalid(node, path(field, name), "config_required", `"${name}" is needed.`));
  const inner = Object.entries(value).flatMap(([name, entry]) => {
    const child = schema.properties?.[name];
    return child && !missing.includes(name) ? inspect(node, entry, child, root, path(field, name)) : [];
  });
  return [...lacking, ...inner];
}

function inspectText(node: GraphNode, text: string, schema: Schema, field: string): Fault[] {
  if (!schema.pattern || new RegExp(schema.pattern).test(text)) return [];
  const code = text === "" ? "config_required" : "config_invalid";
  return [invalid(node, field, code, `"${text}" is not a valid value for "${field}".`, text)];
}

function inspectNumber(node: GraphNode, value: number, schema: Schema, field: string): Fault[] {
  const low = schema.minimum ?? -Infinity;
  const high = schema.maximum ?? Infinity;
  if (value >= low && value <= high) return [];
  return [invalid(node, field, "config_out_of_range", `"${field}" must lie between ${low} and ${high}.`, String(value))];
}

function invalid(node: GraphNode, field: string, code: string, message: string, value = ""): Fault {
  return fault(code, message, { node: node.id, field, params: { field, value } });
}

function path(field: string, name: string): string {
  return field === "" ? name : `${field}.${name}`;
}
