/** The editor of one app: loads its draft and the kinds of node, then hands over to the workbench. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { draftQuery, nodeKindsQuery, useMay, type Draft } from "@/api";
import { kindMap, type Definition, type NodeKind } from "@/graph";
import { ErrorCard, Spinner } from "@/kit";
import styles from "./EditorPage.module.css";
import { createEditor } from "./store/state";
import { Workbench } from "./Workbench";

export function EditorPage() {
  // All texts that any part may need: a part that had to wait for its own would take the canvas away meanwhile.
  const { t } = useTranslation(["editor", "nodes", "chat"]);
  const { appId = "" } = useParams();
  const draft = useQuery({ ...draftQuery<Definition>(appId), gcTime: 0, refetchOnMount: "always", refetchOnWindowFocus: false, refetchOnReconnect: false });
  const kinds = useQuery(nodeKindsQuery);
  const error = draft.error ?? kinds.error;
  if (error) {
    const retry = () => void Promise.all([draft.refetch(), kinds.refetch()]);
    return <div className={styles.failed}><ErrorCard title={t("notLoaded")} error={error} onRetry={retry} /></div>;
  }
  if (!draft.data || !draft.isFetchedAfterMount || !kinds.data) return <div className={styles.loading}><Spinner size={22} /></div>;
  return <Loaded key={appId} appId={appId} draft={draft.data} kinds={kinds.data.items as unknown as NodeKind[]} />;
}

interface LoadedProps {
  appId: string;
  draft: Draft<Definition>;
  kinds: readonly NodeKind[];
}

function Loaded({ appId, draft, kinds }: LoadedProps) {
  const readOnly = !useMay("editor");
  const editor = useMemo(
    () => createEditor({ document: draft.document, kinds: kindMap(kinds), revision: draft.revision, faults: draft.faults, readOnly }),
    // The draft is read once; from here on the editor's own copy is the newer one.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [appId],
  );
  return <Workbench appId={appId} editor={editor} />;
}
