/** One app: its name and tabs in the top bar, with room for what its pages add there. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, Outlet, useParams } from "react-router";
import { type App, appKeys, appQuery, updateApp, useMay } from "@/api";
import { ErrorCard, Skeleton, TopBarSlot } from "@/kit";
import styles from "./AppFrame.module.css";
import { AppName } from "./AppName";
import { TopBar } from "./TopBar";

export function AppFrame() {
  const { t } = useTranslation();
  const { appId = "" } = useParams();
  const app = useQuery(appQuery(appId));
  const rename = useRename(appId);
  const mayRename = useMay("editor");
  const base = `/apps/${appId}`;
  const tabs = [
    { to: base, label: t("nav.build"), end: true },
    { to: `${base}/runs`, label: t("nav.runs") },
    { to: `${base}/versions`, label: t("nav.versions") },
    { to: `${base}/access`, label: t("nav.access") },
  ];
  const left = (
    <>
      <Link to="/apps" className={styles.crumb}>{t("nav.apps")}</Link>
      <span className={styles.slash} aria-hidden="true">/</span>
      {app.data ? <AppName name={app.data.name} onRename={mayRename ? rename : null} /> : <Skeleton width={120} />}
      <TopBarSlot name="status" className={styles.status} />
    </>
  );
  return (
    <>
      {app.data && <title>{`${app.data.name} · Weft`}</title>}
      <TopBar left={left} tabs={tabs} label={t("nav.app")} actions={<TopBarSlot name="actions" className={styles.actions} />} />
      <div className={styles.body}>
        {app.isError
          ? <div className={styles.error}><ErrorCard title={t("appNotLoaded")} error={app.error} onRetry={() => void app.refetch()} /></div>
          : <Outlet key={appId} />}
      </div>
    </>
  );
}

function useRename(appId: string): (name: string) => void {
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: (name: string) => updateApp(appId, { name }),
    onMutate: (name) => client.setQueryData<App>(appKeys.one(appId), (app) => app && { ...app, name }),
    onSettled: () => client.invalidateQueries({ queryKey: appKeys.all }),
  });
  return mutation.mutate;
}
