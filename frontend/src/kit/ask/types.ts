/** A form that a run waits for, as the server shows it to whoever may answer. Knows nothing of who that is. */
export type AskedFieldType = "text" | "paragraph" | "number" | "select" | "file" | "file-list";

export interface AskedField {
  name: string;
  type: AskedFieldType;
  label?: string | null;
  required?: boolean | null;
  default?: unknown;
  options?: readonly string[] | null;
  max_length?: number | null;
}

export interface AskedAction {
  id: string;
  title?: string | null;
  style?: "primary" | "default" | "accent" | "ghost" | null;
}

/** open: it can be answered; expired: nobody did in time; closed: the run does not wait for it any more. */
export type AskedStatus = "open" | "submitted" | "expired" | "closed";

export interface AskedForm {
  key: string;
  title: string;
  /** Markdown; `{{#$output.name#}}` is the place of a field. */
  content: string;
  fields: readonly AskedField[];
  /** What the fields begin as. */
  values?: Readonly<Record<string, unknown>> | null;
  actions: readonly AskedAction[];
  expires_at: string | null;
  status: AskedStatus;
  /** What was chosen and given, where that is known. */
  action_id?: string | null;
  submitted?: Readonly<Record<string, unknown>> | null;
}
