/** Which comparisons make sense for a type of value. */
const TEXT = ["contains", "not contains", "start with", "end with", "is", "is not", "in", "not in", "empty", "not empty"];
const NUMBER = ["=", "≠", ">", "<", "≥", "≤", "empty", "not empty"];
const BOOLEAN = ["is", "is not"];
const LIST = ["contains", "not contains", "all of", "empty", "not empty"];
const OBJECT = ["empty", "not empty", "null", "not null"];
const FILE = ["exists", "not exists"];
const ANY = [...new Set([...TEXT, ...NUMBER, ...OBJECT, ...FILE])];

const UNARY = new Set(["empty", "not empty", "null", "not null", "exists", "not exists"]);

export function isUnary(operator: string): boolean {
  return UNARY.has(operator);
}

export function operatorsFor(type: string): readonly string[] {
  if (type.startsWith("array")) return LIST;
  switch (type) {
    case "string":
      return TEXT;
    case "number":
    case "integer":
      return NUMBER;
    case "boolean":
      return BOOLEAN;
    case "object":
      return OBJECT;
    case "file":
      return FILE;
    default:
      return ANY;
  }
}
