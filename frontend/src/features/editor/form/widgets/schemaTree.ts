/** Changes a JSON Schema of an object field by field. Knows no component. */
import { isObject, type Json, type JsonObject } from "@/graph";

export const TYPES = ["string", "number", "integer", "boolean", "object", "array[string]", "array[number]", "array[object]"] as const;

const KEYS = new Set(["type", "properties", "required", "description", "title", "additionalProperties", "items", "enum", "default"]);

/** Can it be shown as a tree without losing anything? Nothing at all is an empty tree. */
export function isTree(value: Json | undefined): boolean {
  if (value === null || value === undefined) return true;
  return isObject(value) && (Object.keys(value).length === 0 || (value.type === "object" && plainFields(value)));
}

function plainFields({ properties }: JsonObject): boolean {
  return properties === undefined || (isObject(properties) && Object.values(properties).every(isPlain));
}

function isPlain(field: Json): boolean {
  if (!isObject(field) || Object.keys(field).some((key) => !KEYS.has(key))) return false;
  if (field.type === "object") return plainFields(field);
  if (field.type === "array") return isObject(field.items) && field.items.type !== "array" && isPlain(field.items);
  return typeof field.type === "string";
}

export function typeOf(field: JsonObject): (typeof TYPES)[number] {
  const items = isObject(field.items) ? String(field.items.type) : "string";
  const written = field.type === "array" ? `array[${items === "integer" ? "number" : items}]` : String(field.type);
  return TYPES.find((type) => type === written) ?? "string";
}

export function withType(field: JsonObject, type: string): JsonObject {
  const kept: JsonObject = field.description === undefined ? {} : { description: field.description };
  const element = /^array\[(.+)\]$/.exec(type)?.[1];
  if (element) return { ...kept, type: "array", items: fresh(element) };
  return { ...kept, ...fresh(type) };
}

function fresh(type: string): JsonObject {
  return type === "object" ? { type, properties: {}, required: [], additionalProperties: false } : { type };
}

export function setField(node: JsonObject, name: string, field: JsonObject): JsonObject {
  return { ...node, properties: { ...fieldsOf(node), [name]: field } };
}

export function removeField(node: JsonObject, name: string): JsonObject {
  const properties = Object.fromEntries(Object.entries(fieldsOf(node)).filter(([other]) => other !== name));
  return { ...node, properties, required: requiredOf(node).filter((other) => other !== name) };
}

/** In its place, so that the order that was chosen stays. A name that is taken changes nothing. */
export function renameField(node: JsonObject, from: string, to: string): JsonObject {
  const fields = fieldsOf(node);
  if (from === to || to in fields) return node;
  const properties = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name === from ? to : name, field]));
  return { ...node, properties, required: requiredOf(node).map((name) => (name === from ? to : name)) };
}

export function setRequired(node: JsonObject, name: string, on: boolean): JsonObject {
  const others = requiredOf(node).filter((other) => other !== name);
  return { ...node, required: on ? [...others, name] : others };
}

function fieldsOf({ properties }: JsonObject): JsonObject {
  return isObject(properties) ? properties : {};
}

function requiredOf({ required }: JsonObject): string[] {
  return Array.isArray(required) ? required.map(String) : [];
}
