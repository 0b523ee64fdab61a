/** What can be done to a variable of a type, and what type of value that takes. */
const ALWAYS = ["over-write", "clear"];
const ARITHMETIC = ["+=", "-=", "*=", "/="];
const LISTS = ["append", "extend", "remove-first", "remove-last"];

export function operationsFor(type: string): readonly string[] {
  if (type === "number") return [...ALWAYS, ...ARITHMETIC];
  if (type.startsWith("array")) return [...ALWAYS, ...LISTS];
  if (type === "any") return [...ALWAYS, ...LISTS, ...ARITHMETIC];
  return ALWAYS;
}

const NO_VALUE = new Set(["clear", "remove-first", "remove-last"]);

/** Null where the operation takes no value. */
export function valueTypeFor(operation: string, type: string): string | null {
  if (NO_VALUE.has(operation)) return null;
  if (ARITHMETIC.includes(operation)) return "number";
  if (operation === "append") return /^array\[(.+)\]$/.exec(type)?.[1] ?? "any";
  return type;
}
