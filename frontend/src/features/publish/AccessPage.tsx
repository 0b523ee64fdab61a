/** Access: the chat page, the bubble for other sites, triggers, keys, endpoints with samples to copy. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { appQuery, useMay } from "@/api";
import { Button, Card, EmptyState, ErrorCard, Page, Skeleton } from "@/kit";
import { EmbedCard } from "./EmbedCard";
import { EndpointsCard } from "./EndpointsCard";
import { KeysCard } from "./KeysCard";
import { SiteCard } from "./SiteCard";
import { TriggersCard } from "./triggers/TriggersCard";

export function AccessPage() {
  const { t } = useTranslation("publish");
  const { appId = "" } = useParams();
  const app = useQuery(appQuery(appId));
  const mayEdit = useMay("editor");
  const [freshKey, setFreshKey] = useState<string | null>(null);

  if (app.isPending) return <Page title={t("title")}><Card><Skeleton width="40%" /><Skeleton /><Skeleton width="70%" /></Card></Page>;
  if (app.isError) return <Page title={t("title")}><ErrorCard title={t("notLoaded")} error={app.error} onRetry={() => void app.refetch()} /></Page>;
  const isLive = app.data.published_version !== null;
  return (
    <Page title={t("title")} description={isLive ? t("lead", { version: app.data.published_version }) : t("leadDraft")}>
      {!isLive && (
        <Card>
          <EmptyState compact picture="chat" title={t("notPublished.title")} text={t(mayEdit ? "notPublished.text" : "notPublished.askEditor")} action={mayEdit && <Button variant="primary" asChild><Link to={`/apps/${appId}`}>{t("notPublished.button")}</Link></Button>} />
        </Card>
      )}
      <SiteCard appId={appId} appName={app.data.name} />
      <EmbedCard appId={appId} />
      <TriggersCard appId={appId} />
      {mayEdit && <KeysCard appId={appId} onCreated={setFreshKey} />}
      <EndpointsCard app={app.data} appKey={freshKey} />
    </Page>
  );
}
