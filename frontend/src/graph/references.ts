/**
 * Finds and rewrites the references inside a config, wherever they sit, led by the kind's schema alone.
 * A reference is a selector (a list of names) or a `{{#…#}}` inside a text.
 */
import { isObject, type Definition, type GraphNode, type Json, type JsonObject, type Selector } from "./document";
import type { Kinds, Schema } from "./kinds";
import { resolve } from "./schema";
import { mapTemplate, templateSelectors } from "./template";

export interface Reference {
  selector: Selector;
  /** Where in the config it sits: `prompt.0.text`. */
  field: string;
}

interface Visitor {
  selector: (selector: Selector, field: string) => Selector;
  text: (text: string, field: string) => string;
}

/** Where the list of a batch stands, beside the fields of the config. */
export const BATCH_FIELD = "policy.batch.items";

const OPAQUE = new Set(["code", "jinja", "json-schema"]);

export function referencesOf(node: GraphNode, kinds: Kinds): Reference[] {
  const found: Reference[] = [];
  const items = node.policy?.batch?.items ?? [];
  if (items.length > 0) found.push({ selector: items, field: BATCH_FIELD });
  walkConfig(node, kinds, {
    selector: (selector, field) => {
      if (selector.length > 0) found.push({ selector, field });
      return selector;
    },
    text: (text, field) => {
      found.push(...templateSelectors(text).map((selector) => ({ selector, field })));
      return text;
    },
  });
  return found;
}

/** The node with every reference put through `change`; the same object when nothing changes. */
export function rewriteNode(node: GraphNode, kinds: Kinds, change: (selector: Selector) => Selector): GraphNode {
  const config = walkConfig(node, kinds, { selector: change, text: (text) => mapTemplate(text, change) });
  const next = config === node.config ? node : { ...node, config };
  const batch = node.policy?.batch;
  const items = batch && change(batch.items);
  return batch && items && items !== batch.items ? { ...next, policy: { ...node.policy, batch: { ...batch, items } } } : next;
}

export function rewriteReferences(doc: Definition, kinds: Kinds, change: (selector: Selector) => Selector): Definition {
  let changed = false;
  const nodes = doc.nodes.map((node) => {
    const next = rewriteNode(node, kinds, change);
    changed ||= next !== node;
    return next;
  });
  return changed ? { ...doc, nodes } : doc;
}

function walkConfig(node: GraphNode, kinds: Kinds, visitor: Visitor): JsonObject {
  const root = kinds.get(node.kind)?.schema ?? {};
  return walk(node.config, root, root, "", "", visitor) as JsonObject;
}

function walk(value: Json, schema: Schema, root: Schema, key: string, field: string, visitor: Visitor): Json {
  const plain = resolve(schema, root);
  const widget = plain["x-widget"];
  if (widget !== undefined && OPAQUE.has(widget)) return value;
  if (isSelector(value, widget, key)) return visitor.selector(value, field);
  if (typeof value === "string") return visitor.text(value, field);
  if (Array.isArray(value)) {
    const lists = widget === "selectors" || (widget === undefined && key === "selectors");
    const item: Schema = lists ? { "x-widget": "selector" } : (plain.items ?? {});
    return mapArray(value, (entry, i) => walk(entry, item, root, "", join(field, String(i)), visitor));
  }
  if (!isObject(value)) return value;
  if (value.syntax === "jinja2") return value;
  const source = value.mode ?? value.source;
  return mapObject(value, (entry, name) => {
    if (name === "value" && source === "constant") return entry;
    if (name === "value" && source === "variable") return isNames(entry) ? visitor.selector(entry, join(field, name)) : entry;
    const child = plain.properties?.[name] ?? additional(plain);
    return walk(entry, child, root, name, join(field, name), visitor);
  });
}

function isSelector(value: Json, widget: string | undefined, key: string): value is Selector {
  if (!isNames(value)) return false;
  return widget === "selector" || (widget === undefined && SELECTOR_KEYS.has(key));
}

const SELECTOR_KEYS = new Set(["selector", "target"]);

function isNames(value: Json): value is Selector {
  return Array.isArray(value) && value.every((part) => typeof part === "string");
}

function additional(schema: Schema): Schema {
  return typeof schema.additionalProperties === "object" ? schema.additionalProperties : {};
}

function join(field: string, part: string): string {
  return field === "" ? part : `${field}.${part}`;
}

function mapArray(list: Json[], change: (entry: Json, index: number) => Json): Json[] {
  const next = list.map(change);
  return next.every((entry, i) => entry === list[i]) ? list : next;
}

function mapObject(object: JsonObject, change: (entry: Json, name: string) => Json): JsonObject {
  const next = Object.fromEntries(Object.entries(object).map(([name, entry]) => [name, change(entry, name)]));
  return Object.keys(object).every((name) => next[name] === object[name]) ? object : next;
}
