/** Which conditions can be put on which field, and how their values are written. Pure. */
import { type Condition, type FieldType, type Operator } from "@/api";

const TEXT: readonly Operator[] = ["is", "is not", "contains", "not contains", "start with", "end with", "in", "not in", "empty", "not empty"];
const NUMBER: readonly Operator[] = ["=", "≠", ">", "<", "≥", "≤", "empty", "not empty"];
const TIME: readonly Operator[] = ["before", "after", "is", "empty", "not empty"];

export const operatorsOf = (type: FieldType): readonly Operator[] => (type === "number" ? NUMBER : type === "time" ? TIME : TEXT);
export const takesValue = (operator: Operator): boolean => operator !== "empty" && operator !== "not empty";

/** A condition that has all it needs; others are left out of what is asked. */
export function isWhole(condition: Condition): boolean {
  if (!condition.name) return false;
  return !takesValue(condition.operator) || (condition.value !== undefined && condition.value !== null && String(condition.value).trim() !== "");
}

/** The same condition on another field: the operator stays where that field knows it, the value where it is of its type. */
export function moved(condition: Condition, name: string, from: FieldType, to: FieldType): Condition {
  const operators = operatorsOf(to);
  const operator = operators.includes(condition.operator) ? condition.operator : (operators[0] ?? "is");
  return from === to ? { ...condition, name, operator } : { name, operator, value: "" };
}

/** What a time field shows of a stored time: seconds since 1970, or a date. */
export function timeText(value: Condition["value"]): string {
  if (typeof value === "number") return new Date(value * 1000).toISOString().slice(0, 10);
  return typeof value === "string" ? value : "";
}
