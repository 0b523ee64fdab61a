/** The values of the start form: what they begin as, what is missing, and what is sent. Pure. */
import { type GivenFile } from "@/kit";
import { type SentFile, type StartVariable } from "./client";

export type Files = readonly GivenFile<SentFile>[];
export type InputValue = string | boolean | Files;
export type InputValues = Record<string, InputValue>;
export type InputFault = "required" | "number" | "json" | "tooLong" | "fileUnderWay" | "fileNotSent";

const FILES = new Set<StartVariable["type"]>(["file", "file-list"]);

function isFile(variable: StartVariable): boolean {
  return FILES.has(variable.type);
}

export function startValues(variables: readonly StartVariable[], prefill: Record<string, string> = {}): InputValues {
  return Object.fromEntries(variables.map((v) => [v.name, startValue(v, prefill[v.name])]));
}

function startValue(variable: StartVariable, given: string | undefined): InputValue {
  if (isFile(variable)) return [];
  const value = given ?? variable.default ?? "";
  if (variable.type === "checkbox") return value === true || value === "true" || value === "1";
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

export function inputFaults(variables: readonly StartVariable[], values: InputValues): Record<string, InputFault> {
  const faults: Record<string, InputFault> = {};
  for (const variable of variables) {
    const fault = inputFault(variable, values[variable.name] ?? "");
    if (fault) faults[variable.name] = fault;
  }
  return faults;
}

function inputFault(variable: StartVariable, value: InputValue): InputFault | null {
  if (typeof value === "boolean") return null;
  if (typeof value !== "string") return filesFault(variable, value);
  const text = value.trim();
  if (text === "") return variable.required ? "required" : null;
  if (variable.type === "number" && !Number.isFinite(Number(text))) return "number";
  if (variable.type === "json" && !isJson(text)) return "json";
  if (variable.max_length && [...value].length > variable.max_length) return "tooLong";
  return null;
}

function filesFault(variable: StartVariable, files: Files): InputFault | null {
  if (files.some((file) => file.fault || file.error)) return "fileNotSent";
  if (files.some((file) => !file.stored)) return "fileUnderWay";
  return variable.required && files.length === 0 ? "required" : null;
}

/** What is sent: empty optional fields are left out, numbers and JSON are values. Call it when there are no faults. */
export function inputsToSend(variables: readonly StartVariable[], values: InputValues): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const { name, type } of variables) {
    const value = values[name] ?? "";
    if (typeof value === "boolean") out[name] = value;
    else if (typeof value !== "string") {
      const sent = value.flatMap(({ stored }) => (stored ? [{ upload_file_id: stored.id }] : []));
      if (sent.length > 0) out[name] = type === "file" ? sent[0] : sent;
    } else if (value.trim() === "") continue;
    else if (type === "number") out[name] = Number(value);
    else if (type === "json") out[name] = JSON.parse(value);
    else out[name] = value;
  }
  return out;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
