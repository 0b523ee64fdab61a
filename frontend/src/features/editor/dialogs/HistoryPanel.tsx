/** The versions of the app: look at one, or take it back into the draft, which can be undone. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Eye, RotateCcw, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { getVersion, versionsQuery, type Version } from "@/api";
import { replaceDocument, type Definition } from "@/graph";
import { Button, cx, EmptyState, ErrorCard, IconButton, Skeleton, Tag, useFormat, useUndo } from "@/kit";
import { useEditor, useEditorState } from "../store/context";
import type { EditorState } from "../store/state";
import styles from "./History.module.css";
import { VersionView } from "./VersionView";

const selectOpen = (state: EditorState) => state.surface === "history";

export function HistoryPanel({ appId }: { appId: string }) {
  const open = useEditorState(selectOpen);
  return open ? <OpenPanel appId={appId} /> : null;
}

function OpenPanel({ appId }: { appId: string }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const versions = useQuery(versionsQuery(appId));
  const [viewed, setViewed] = useState<Version<Definition> | null>(null);
  const offerUndo = useUndo();
  const close = () => editor.show({ surface: null });
  const fetchVersion = useMutation({ mutationFn: (number: number) => getVersion<Definition>(appId, number) });
  const view = (number: number) => fetchVersion.mutate(number, { onSuccess: setViewed });
  const restore = (number: number) =>
    fetchVersion.mutate(number, {
      onSuccess: ({ document, is_live }) => {
        close();
        if (!document) return;
        const before = editor.store.get().history.doc;
        editor.dispatch(replaceDocument, { document });
        offerUndo({ message: t(is_live ? "history.restoredLive" : "history.restored", { number }), commit: () => undefined, undo: () => editor.dispatch(replaceDocument, { document: before }) });
      },
    });
  const items = versions.data?.items ?? [];
  return (
    <>
      {viewed?.document && <VersionView document={viewed.document} number={viewed.number} onClose={() => setViewed(null)} onRestore={() => restore(viewed.number)} />}
      <aside className={styles.panel} aria-label={t("history.title")}>
        <header className={styles.head}>
          <h3 className={styles.title}>{t("history.title")}</h3>
          <IconButton label={t("panel.close")} shortcut="esc" icon={<X />} onClick={close} />
        </header>
        <div className={styles.body}>
          {versions.isPending && <><Skeleton height={64} /><Skeleton height={64} /></>}
          {versions.isError && <ErrorCard compact error={versions.error} onRetry={() => void versions.refetch()} />}
          {fetchVersion.isError && <ErrorCard compact error={fetchVersion.error} />}
          {versions.data && items.length === 0 && <EmptyState compact title={t("history.none")} text={t("history.noneText")} />}
          {items.map((version) => (
            <VersionRow key={version.id} version={version} shown={viewed?.number === version.number} onView={() => view(version.number)} onRestore={() => restore(version.number)} />
          ))}
        </div>
      </aside>
    </>
  );
}

function VersionRow({ version, shown, onView, onRestore }: { version: Version; shown: boolean; onView: () => void; onRestore: () => void }) {
  const { t } = useTranslation("editor");
  const { ago, dateTime } = useFormat();
  return (
    <article className={cx(styles.version, shown && styles.shown)}>
      <div className={styles.line}>
        <b className={styles.number}>v{version.number}</b>
        {version.is_live && <Tag tone="ok">{t("history.live")}</Tag>}
        <time className={styles.when} dateTime={version.created_at} title={dateTime(version.created_at)}>{ago(version.created_at)}</time>
      </div>
      {version.note && <p className={styles.note}>{version.note}</p>}
      <div className={styles.line}>
        <span className={styles.author}>{version.author?.name}</span>
        <Button size="sm" variant="ghost" icon={<Eye />} onClick={onView}>{t("history.view")}</Button>
        <Button size="sm" variant="ghost" icon={<RotateCcw />} onClick={onRestore}>{t("history.restore")}</Button>
      </div>
    </article>
  );
}
