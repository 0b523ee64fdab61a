/** Makes the draft a version that the outside sees, and then says where it is reached. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, appKeys, appQuery, publishVersion, type Version } from "@/api";
import { nodeById, type Fault } from "@/graph";
import { Button, cx, Dialog, ErrorCard, Field, Textarea } from "@/kit";
import type { Autosave } from "../data/autosave";
import { ProblemList } from "../dock/Problems";
import { useEditor, useEditorState } from "../store/context";
import { selectDoc, selectFaults } from "../store/selectors";
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
  const { errors, warnings } = useFound(publish.error);
  const blocked = errors.length > 0;
  if (publish.data) return <Published appId={appId} version={publish.data} onClose={close} />;
  const next = (app.data?.published_version ?? 0) + 1;
  const footer = (
    <>
      <Button variant="ghost" onClick={close}>{t("form.cancel")}</Button>
      <Button variant="primary" loading={publish.isPending} disabled={blocked} onClick={() => publish.mutate()}>{t(warnings.length > 0 && !blocked ? "publish.anyway" : "publish.do", { number: next })}</Button>
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
            <p className={styles.blockTitle}><CircleAlert size={16} />{t("publish.blocked", { count: errors.length })}</p>
            <ProblemList faults={errors} onGo={close} />
          </section>
        )}
        {warnings.length > 0 && <Warnings faults={warnings} onGo={close} />}
        {publish.error && !blocked ? <ErrorCard error={publish.error} /> : null}
      </div>
    </Dialog>
  );
}

/** What does not stand in the way, but should be known: above all nodes that will fail when a run comes to them. */
function Warnings({ faults, onGo }: { faults: readonly Fault[]; onGo: () => void }) {
  const { t, i18n } = useTranslation("editor");
  const doc = useEditorState(selectDoc);
  const lame = faults.filter((fault) => fault.code === "node_unsupported").map((fault) => nodeById(doc, fault.node_id ?? "")?.title ?? "");
  return (
    <section className={cx(styles.block, styles.warn)} role="status" aria-label={t("publish.warned", { count: faults.length })}>
      <p className={styles.blockTitle}><TriangleAlert size={16} />{t("publish.warned", { count: faults.length })}</p>
      {lame.length > 0 && <p className={styles.blockText}>{t("publish.lame", { count: lame.length, names: new Intl.ListFormat(i18n.language).format(lame) })}</p>}
      <ProblemList faults={faults} onGo={onGo} />
    </section>
  );
}

/** What is known here, and what the server said when it refused. */
function useFound(refusal: unknown): { errors: readonly Fault[]; warnings: readonly Fault[] } {
  const known = useEditorState(selectFaults);
  const said = refusal instanceof ApiError && Array.isArray(refusal.details.faults) ? (refusal.details.faults as Fault[]) : [];
  const errors = known.filter(isError);
  return { errors: errors.length > 0 ? errors : said.filter(isError), warnings: known.filter((fault) => !isError(fault)) };
}

const isError = (fault: Fault) => fault.severity === "error";
