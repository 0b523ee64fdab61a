/** Draws a form that a run of this page waits for; the same function as long as the page stands. */
import { useCallback, type ReactNode } from "react";
import { AskForm, type AskedForm } from "@/kit/ask";
import { type Site, type SiteClient } from "../model/client";
import { type PublicForm } from "../model/forms";
import { type ChatSession } from "../model/session";

export type DrawForm = (form: AskedForm) => ReactNode;

export function useDrawForm(site: Site, client: SiteClient, session: ChatSession): DrawForm {
  return useCallback(
    (form) => {
      const { token } = form as PublicForm;
      return <AskForm form={form} onSubmit={(action, inputs) => session.answer(token, action, inputs)} sendFile={client.form(token).sendFile} fileLimit={site.max_upload_bytes} />;
    },
    [site, client, session],
  );
}
