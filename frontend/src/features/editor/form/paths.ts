/** Changes one place of an object or list without touching the rest. */
import type { Json, JsonObject } from "@/graph";

export function setIn(object: JsonObject, name: string, value: Json): JsonObject {
  return object[name] === value ? object : { ...object, [name]: value };
}

export function replaceAt<T>(list: readonly T[], index: number, value: T): T[] {
  return list.map((entry, i) => (i === index ? value : entry));
}

export function removeAt<T>(list: readonly T[], index: number): T[] {
  return list.filter((_, i) => i !== index);
}

export function moveItem<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list];
  const [item] = next.splice(from, 1);
  if (item !== undefined) next.splice(Math.max(0, Math.min(to, next.length)), 0, item);
  return next;
}
