/** What starts this app's runs without anybody asking: its webhooks and its schedules. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { getDraft, triggersQuery, useMay } from "@/api";
import { Button, Card, EmptyState, ErrorCard, Skeleton } from "@/kit";
import { webhookConfig } from "@/graph";
import { TriggerRow } from "./TriggerRow";
import styles from "./Triggers.module.css";

export function TriggersCard({ appId }: { appId: string }) {
  const { t } = useTranslation("publish");
  const mayEdit = useMay("editor");
  const found = useQuery({ ...triggersQuery(appId), refetchInterval: 10_000 });
  const items = found.data?.items ?? [];
  const hasHooks = items.some(({ kind }) => kind === "webhook");
  // A key of its own: the editor must never take this copy for its draft.
  const draft = useQuery({ queryKey: ["apps", appId, "sample-inputs"], queryFn: () => getDraft(appId), enabled: hasHooks });
  return (
    <Card flush title={t("triggers.title")} description={t("triggers.lead")}>
      {found.isPending && <div className={styles.pad}><Skeleton width="50%" /></div>}
      {found.isError && <div className={styles.pad}><ErrorCard compact title={t("triggers.notLoaded")} error={found.error} onRetry={() => void found.refetch()} /></div>}
      {found.isSuccess && items.length === 0 && <EmptyState compact title={t("triggers.empty")} text={t("triggers.emptyText")} action={mayEdit && <Button asChild><Link to={`/apps/${appId}`}>{t("notPublished.button")}</Link></Button>} />}
      {items.length > 0 && (
        <ul className={styles.list}>
          {items.map((trigger) => <TriggerRow key={trigger.id} appId={appId} trigger={trigger} mayEdit={mayEdit} config={webhookConfig(draft.data?.document, trigger.node_id)} />)}
        </ul>
      )}
    </Card>
  );
}
