/** The chat page of an app that has just been published: open to everyone who has its address, unless switched off. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { appKeys, siteQuery, updateSite, type Site } from "@/api";
import { CopyIcon, ErrorCard, Skeleton, Switch } from "@/kit";
import styles from "./Publish.module.css";

export function PageSwitch({ appId }: { appId: string }) {
  const { t } = useTranslation("editor");
  const client = useQueryClient();
  const key = siteQuery(appId).queryKey;
  const site = useQuery(siteQuery(appId));
  const turn = useMutation({
    mutationFn: (enabled: boolean) => updateSite(appId, { enabled }),
    onSuccess: (now) => {
      client.setQueryData<Site>(key, now);
      void client.invalidateQueries({ queryKey: appKeys.one(appId), exact: true });
    },
  });
  if (site.isPending) return <li className={styles.place}><Skeleton width="60%" /></li>;
  if (site.isError) return <li><ErrorCard compact error={site.error} onRetry={() => void site.refetch()} /></li>;
  const { code } = site.data;
  const enabled = turn.isPending ? turn.variables : site.data.enabled;
  const address = `${location.origin}/chat/${code}`;
  return (
    <>
      <li className={styles.place}>
        {enabled ? <CircleCheck size={16} className={styles.tick} /> : <CircleOff size={16} className={styles.off} />}
        <span className={styles.words}>
          <b>{t("publish.page")}</b>
          {enabled ? <a href={address} target="_blank" rel="noreferrer"><code>{address}</code></a> : null}
          <span>{t(enabled ? "publish.pageOpen" : "publish.pageShut")}</span>
        </span>
        {enabled ? <CopyIcon text={address} /> : null}
        <Switch label={t("publish.page")} checked={enabled} onChange={(next) => turn.mutate(next)} />
      </li>
      {turn.isError && <li><ErrorCard compact error={turn.error} /></li>}
    </>
  );
}
