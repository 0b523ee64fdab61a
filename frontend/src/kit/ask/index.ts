/** A form that a run waits for; used by the public pages and by the console. */
export { AskForm, type AskFormProps } from "./AskForm";
export { type StoredRef } from "./answers";
export { type AskedAction, type AskedField, type AskedForm, type AskedStatus } from "./types";
