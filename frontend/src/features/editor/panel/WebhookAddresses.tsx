/** Where a webhook listens, live and for tests, and a request to try it with. */
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { triggersQuery } from "@/api";
import { webhookConfig, webhookCurl, type GraphNode } from "@/graph";
import { CodeBlock, CopyIcon, ErrorCard, Tag } from "@/kit";
import { useEditorState } from "../store/context";
import { selectDoc } from "../store/selectors";
import type { EditorState } from "../store/state";
import styles from "./Tabs.module.css";

const selectRevision = (state: EditorState) => state.revision;

export function WebhookAddresses({ node }: { node: GraphNode }) {
  const { t } = useTranslation("editor");
  const { appId } = useParams();
  const doc = useEditorState(selectDoc);
  const revision = useEditorState(selectRevision);
  const triggers = useQuery({ ...triggersQuery(appId ?? ""), enabled: appId !== undefined });
  const trigger = triggers.data?.items.find(({ node_id: id }) => id === node.id);
  const { refetch } = triggers;
  const lacking = triggers.isSuccess && !trigger;
  // The server gives addresses to what was saved: a node just placed has none yet.
  useEffect(() => {
    if (lacking) void refetch();
  }, [lacking, revision, refetch]);
  if (!appId) return null;
  if (triggers.isError) return <ErrorCard compact error={triggers.error} onRetry={() => void refetch()} />;
  const config = webhookConfig(doc, node.id);
  const addresses = [
    { id: "test", url: trigger?.test_url, hint: t("webhook.testHint") },
    { id: "live", url: trigger?.url, hint: t(trigger?.live ? "webhook.liveHint" : "webhook.afterPublishing") },
  ] as const;
  const known = addresses.flatMap(({ id, url, hint }) => (url ? [{ id, url, hint }] : []));
  return (
    <section className={styles.section}>
      <h5 className={styles.caption}>{t("webhook.title")}</h5>
      {known.length === 0 && <p className={styles.quiet}>{t("webhook.none")}</p>}
      {known.map(({ id, url, hint }) => (
        <div key={id} className={styles.value}>
          <div className={styles.valueHead}><span>{t(`webhook.${id}`)}</span><CopyIcon size="sm" text={url} label={t(`webhook.copy.${id}`)} /></div>
          <div className={styles.address}><Tag mono>{config.method ?? "POST"}</Tag><code tabIndex={0}>{url}</code></div>
          <span className={styles.quiet}>{hint}</span>
        </div>
      ))}
      {known.length > 0 && <CodeBlock samples={known.map(({ id, url }) => ({ id, label: t(`webhook.${id}`), language: "bash", code: webhookCurl(url, config) }))} />}
    </section>
  );
}
