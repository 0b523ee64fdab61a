/** What somebody has filled in so far: what it begins as, what is missing, what is sent, what a refusal says. Pure. */
import { type GivenFile } from "../FileInput";
import { type AskedField, type AskedForm, type AskedStatus } from "./types";

/** The server's name of a file that it has. */
export interface StoredRef {
  id: string;
}
export type GivenFiles = readonly GivenFile<StoredRef>[];
export type Answer = string | GivenFiles;
export type Answers = Readonly<Record<string, Answer>>;
export type AnswerFault = "required" | "number" | "tooLong" | "fileUnderWay" | "fileNotSent";

export const isFileField = ({ type }: AskedField): boolean => type === "file" || type === "file-list";

export function startAnswers({ fields, values }: Pick<AskedForm, "fields" | "values">): Answers {
  return Object.fromEntries(fields.map((field) => [field.name, isFileField(field) ? [] : textOf(values?.[field.name] ?? field.default)]));
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function answerFaults(fields: readonly AskedField[], answers: Answers): Record<string, AnswerFault> {
  return Object.fromEntries(fields.flatMap((field) => {
    const fault = faultOf(field, answers[field.name] ?? "");
    return fault ? [[field.name, fault]] : [];
  }));
}

function faultOf(field: AskedField, answer: Answer): AnswerFault | null {
  if (typeof answer !== "string") {
    if (answer.some((file) => file.fault || file.error)) return "fileNotSent";
    if (answer.some((file) => !file.stored)) return "fileUnderWay";
    return field.required && answer.length === 0 ? "required" : null;
  }
  const text = answer.trim();
  if (text === "") return field.required ? "required" : null;
  if (field.type === "number" && !Number.isFinite(Number(text))) return "number";
  return field.max_length && [...answer].length > field.max_length ? "tooLong" : null;
}

/** Empty fields are left out. Call it when there are no faults. */
export function answersToSend(fields: readonly AskedField[], answers: Answers): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const { name, type } of fields) {
    const answer = answers[name] ?? "";
    if (typeof answer !== "string") {
      const sent = answer.flatMap(({ stored }) => (stored ? [{ id: stored.id }] : []));
      if (sent.length > 0) out[name] = type === "file" ? sent[0] : sent;
    } else if (answer.trim() !== "") out[name] = type === "number" ? Number(answer) : answer;
  }
  return out;
}

export interface AskRefusal {
  /** Sentences of the server by field. */
  fields: Readonly<Record<string, { code: string; message: string }>>;
  /** The form cannot be answered any more, and why. */
  status: AskedStatus | null;
  /** What belongs to no field. */
  rest: unknown;
}

const ENDS: Readonly<Record<string, AskedStatus>> = { form_submitted: "submitted", human_input_form_submitted: "submitted", form_expired: "expired", human_input_form_expired: "expired", form_closed: "closed", human_input_form_closed: "closed" };

export function readRefusal(error: unknown, fields: readonly AskedField[]): AskRefusal {
  const facts = (typeof error === "object" && error !== null ? error : {}) as { code?: string; message?: string; field?: string; details?: { faults?: unknown } };
  const status = ENDS[facts.code ?? ""] ?? null;
  const known = (name: string | null | undefined) => fields.find((field) => field.name === name?.replace(/^inputs\./, ""))?.name;
  const listed = Array.isArray(facts.details?.faults) ? (facts.details.faults as { code?: string; message?: string; field?: string | null }[]) : [facts];
  const found = listed.flatMap(({ code = "", message = "", field }) => {
    const name = known(field);
    return name ? [[name, { code, message }] as const] : [];
  });
  return { fields: Object.fromEntries(found), status, rest: status || found.length > 0 ? null : error };
}
