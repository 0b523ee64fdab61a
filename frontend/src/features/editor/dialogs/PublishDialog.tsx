/** Makes the draft a version that the outside sees, and then says where it is reached. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, appKeys, appQuery, publishVersion, type Version } from "@/api";
import type { Fault } from "@/graph";
import { Button, Dialog, ErrorCard, Field, Textarea } from "@/kit";
import type { Autosave } from "../data/autosave";
import { ProblemList } from "../dock/Problems";
import { useEditor, useEditorState } from "../store/context";
import { selectFaults } from "../store/selectors";
import type { EditorState } from "../store/state";
import { Published } from "./Published";
import styles from "./Publish.module.css";

const selectOpen = (state: EditorState) => state.surface === "publish";

export function PublishDialog({ appId, autosave }: { appId: string; autosave: Autosave | null }) {
  const open = useEditorState(selectOpen);
  return open ? <OpenDialog appId={appId} autosave={autosave} /> : null;
}

function OpenDialog({ appId, autosave }: { appId: string; autosave: Autosave | null }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const client = useQueryClient();
  const app = useQuery(appQuery(appId));
  const [note, setNote] = useState("");
  const publish = useMutation({
    mutationFn: async (): Promise<Version> => {
      await autosave?.flush();
      return publishVersion(appId, note.trim());
    },
    onSuccess: () => client.invalidateQueries({ queryKey: appKeys.one(appId) }),
  });
  const close = () => editor.show({ surface: null });
  const faults = useBlocking(publish.error);
  const blocked = faults.length > 0;
  if (publish.data) return <Published appId={appId} version={publish.data} onClose={close} />;
  const next = (app.data?.published_version ?? 0) + 1;
  const footer = (
    <>
      <Button variant="ghost" onClick={close}>{t("form.cancel")}</Button>
      <Button variant="primary" loading={publish.isPending} disabled={blocked} onClick={() => publish.mutate()}>{t("publish.do", { number: next })}</Button>
    </>
  );
  return (
    <Dialog open onOpenChange={close} title={t("publish.title")} description={t("publish.description")} footer={footer}>
      <div className={styles.stack}>
        <Field label={t("publish.note")} optional={t("form.optional")}>
          <Textarea rows={2} autoFocus value={note} maxLength={500} placeholder={t("publish.notePlaceholder")} onChange={(event) => setNote(event.target.value)} />
        </Field>
        {blocked && (
          <section className={styles.block} role="alert">
            <p className={styles.blockTitle}><CircleAlert size={16} />{t("publish.blocked", { count: faults.length })}</p>
            <ProblemList faults={faults} onGo={close} />
          </section>
        )}
        {publish.error && !blocked ? <ErrorCard error={publish.error} /> : null}
      </div>
    </Dialog>
  );
}

/** What is known here, and what the server said when it refused. */
function useBlocking(refusal: unknown): readonly Fault[] {
  const faults = useEditorState(selectFaults);
  const said = refusal instanceof ApiError && Array.isArray(refusal.details.faults) ? (refusal.details.faults as Fault[]) : [];
  const known = faults.filter((fault) => fault.severity === "error");
  return known.length > 0 ? known : said.filter((fault) => fault.severity === "error");
}
