/** Turns anything that was thrown into words. Knows the shape {code, message, field, details}, not where it came from. */
import { type TFunction } from "i18next";
import { useTranslation } from "react-i18next";

export interface ErrorText {
  code: string;
  title: string;
  message: string;
  remedy: string;
  /** The server's own sentence, when `message` is a translation of its code: it names the thing. */
  original: string;
  field: string;
  copy: string;
}

/** Codes that the browser side gives: their English sentence says nothing more than the translation. */
const OURS: ReadonlySet<string> = new Set(["network_unreachable", "stream_lost", "page_outdated", "bad_response", "http_413", "http_502", "http_503"]);

/** What a message tells beside its code, where the error has no `details` that do; the sentence `<code>.known` has
 * places for either. */
const TELLS: Readonly<Record<string, RegExp>> = {
  code_unsupported: /needs: (?<reason>.+)$/s,
  code_failed: / at line (?<line>\d+): (?<reason>.+)$/s,
  document_invalid: /valid YAML at line (?<line>\d+), column (?<column>\d+): (?<reason>.+?)\.?$/s,
};

export function useErrorText(error: unknown): ErrorText {
  const { t } = useTranslation("errors");
  return errorText(error, t);
}

/** The words of an error that belongs to one field of a form; undefined for every other field. */
export function useFieldError(error: unknown): (field: string) => string | undefined {
  const text = useErrorText(error);
  return (field) => (error && text.field === field ? [text.message, text.original].filter(Boolean).join(" ") : undefined);
}

export function errorText(error: unknown, t: TFunction<"errors">): ErrorText {
  const facts = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  const code = typeof facts.code === "string" && facts.code ? facts.code : "unexpected";
  const message = typeof facts.message === "string" && facts.message ? facts.message : String(error);
  const details = typeof facts.details === "object" && facts.details !== null ? (facts.details as Record<string, unknown>) : {};
  const told = TELLS[code]?.exec(message)?.groups ?? details;
  const general = t(`${code}.message`, { ...details, defaultValue: message });
  const named = Object.keys(told).length > 0 ? t(`${code}.known`, { ...told, defaultValue: "" }) : "";
  const translated = named || general;
  return {
    code,
    title: t(`${code}.title`, { ...details, defaultValue: t("title") }),
    message: translated,
    // a sentence that names the thing in the reader's language leaves nothing to the server's
    original: translated === message || (named && !TELLS[code]) || OURS.has(code) ? "" : message,
    remedy: t(`${code}.remedy`, { ...details, defaultValue: "" }),
    field: typeof facts.field === "string" ? facts.field : "",
    copy: JSON.stringify({ code, message, status: facts.status, field: facts.field, details: facts.details, at: new Date().toISOString(), page: location.pathname }, null, 2),
  };
}
