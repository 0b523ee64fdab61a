/** All apps as cards, with search; "New" offers templates, blank ones and a file. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Plus, Search, X } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { type App, appsQuery, type Fault, type ImportedState, useMay } from "@/api";
import { Button, EmptyState, ErrorCard, IconButton, Input, Page } from "@/kit";
import { AppCard } from "./AppCard";
import styles from "./AppsPage.module.css";
import { CardBones } from "./CardBones";
import { EditAppDialog } from "./EditAppDialog";
import { ExportDialog } from "./ExportDialog";
import { NewAppDialog } from "./NewAppDialog";
import { useAppActions } from "./useAppActions";

export function AppsPage() {
  const { t } = useTranslation("apps");
  const [params, setParams] = useSearchParams();
  const [text, setText] = useState("");
  const mayEdit = useMay("editor");
  const [editing, setEditing] = useState<App | null>(null);
  const [exported, setExported] = useState<App | null>(null);
  const q = useDeferredValue(text.trim());
  const apps = useInfiniteQuery(appsQuery(q));
  const actions = useAppActions();
  const shown = (apps.data?.pages.flatMap((page) => page.items) ?? []).filter((app) => !actions.hidden.has(app.id));
  const setNew = (open: boolean) => setParams(open ? { new: "1" } : {}, { replace: true });
  const create = mayEdit && <Button variant="primary" icon={<Plus />} onClick={() => setNew(true)}>{t("new")}</Button>;
  const search = (
    <Input
      className={styles.search}
      type="search"
      icon={<Search />}
      placeholder={t("search")}
      aria-label={t("search")}
      value={text}
      onChange={(event) => setText(event.target.value)}
      trailing={text && <IconButton size="sm" label={t("clear")} icon={<X />} onClick={() => setText("")} />}
    />
  );

  return (
    <Page title={t("title")} description={t("lead")} actions={<>{search}{create}</>}>
      <title>{`${t("title")} · Weft`}</title>
      {apps.isError && <ErrorCard title={t("notLoaded")} error={apps.error} onRetry={() => void apps.refetch()} />}
      {(["duplicate", "remove", "restore"] as const).map((name) => actions[name].isError && <ErrorCard key={name} title={t(`failed.${name}`, { name: actions[name].variables?.name })} error={actions[name].error} />)}
      {apps.isPending && <div className={styles.grid}><CardBones count={6} /></div>}
      {apps.isSuccess && shown.length === 0 && (q
        ? <EmptyState picture="search" title={t("noMatch", { q })} action={<Button onClick={() => setText("")}>{t("clear")}</Button>} />
        : <EmptyState picture="apps" title={t("empty.title")} text={t("empty.text")} action={create} />)}
      {shown.length > 0 && (
        <ul className={styles.grid}>
          {shown.map((app) => <AppCard key={app.id} app={app} onEdit={() => setEditing(app)} onDuplicate={() => actions.duplicate.mutate(app)} onExport={() => setExported(app)} onDelete={() => actions.remove.mutate(app)} />)}
        </ul>
      )}
      {apps.hasNextPage && <Button className={styles.more} loading={apps.isFetchingNextPage} onClick={() => void apps.fetchNextPage()}>{t("more")}</Button>}
      <EditAppDialog app={editing} onClose={() => setEditing(null)} />
      <ExportDialog app={exported} onClose={() => setExported(null)} />
      <NewApp open={mayEdit && params.get("new") === "1"} onOpenChange={setNew} />
    </Page>
  );
}

function NewApp({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const navigate = useNavigate();
  const show = (app: App, imported?: readonly Fault[]) => {
    const state: ImportedState | undefined = imported && { imported };
    void navigate(`/apps/${app.id}`, { state });
  };
  return <NewAppDialog open={open} onOpenChange={onOpenChange} onCreated={show} />;
}
