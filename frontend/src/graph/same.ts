/** Do two documents make the same app? Where cards stand, and what the app is called, does not count. */
import { isObject, type Definition } from "./document";

export function sameGraph(a: Definition, b: Definition): boolean {
  const parts = ["nodes", "edges", "variables", "features", "limits"] as const;
  return parts.every((part) => same(a[part], b[part]));
}

/** As JSON sees it: the order of keys says nothing, and what is undefined is not there. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => same(a[key], b[key]));
}
