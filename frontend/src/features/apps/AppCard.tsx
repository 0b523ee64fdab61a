/** One app: what it is, how its last run went, how its week was. */
import { Copy, Download, Ellipsis, History, KeyRound, ListTree, Pencil, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { type App, type RunStatus, useMay } from "@/api";
import { AppIcon, cx, IconButton, Menu, type MenuEntry, Sparkline, State, Tag, type Tone, useFormat } from "@/kit";
import styles from "./AppCard.module.css";

const TONES: Record<RunStatus, Tone> = { queued: "neutral", running: "run", finished: "ok", failed: "bad", stopped: "neutral", paused: "warn" };

export function AppCard({ app, onEdit, onDuplicate, onExport, onDelete }: { app: App; onEdit: () => void; onDuplicate: () => void; onExport: () => void; onDelete: () => void }) {
  const { t } = useTranslation("apps");
  const navigate = useNavigate();
  const go = (tab: string) => void navigate(`/apps/${app.id}/${tab}`);
  const mayEdit = useMay("editor");
  const forEditors = (...entries: MenuEntry[]) => (mayEdit ? entries : []);
  const entries: MenuEntry[] = [
    ...forEditors({ icon: <Pencil />, label: t("edit.menu"), onSelect: onEdit }),
    { icon: <ListTree />, label: t("runs"), onSelect: () => go("runs") },
    { icon: <History />, label: t("versions.title"), onSelect: () => go("versions") },
    { icon: <KeyRound />, label: t("access"), onSelect: () => go("access") },
    { kind: "separator" },
    ...forEditors({ icon: <Copy />, label: t("duplicate"), onSelect: onDuplicate }),
    { icon: <Download />, label: t("export"), onSelect: onExport },
    ...forEditors({ kind: "separator" }, { icon: <Trash2 />, label: t("delete"), danger: true, onSelect: onDelete }),
  ];
  const menu = <Menu trigger={<IconButton label={t("menu", { name: app.name })} icon={<Ellipsis />} className={styles.menu} />} entries={entries} />;
  return (
    <li className={styles.card} data-interactive>
      <div className={styles.head}>
        <AppIcon icon={app.icon || (app.mode === "chat" ? "chat" : "workflow")} seed={app.id} size={40} />
        <div className={styles.names}>
          <h2 className={styles.name}><Link to={`/apps/${app.id}`} className={styles.link}>{app.name}</Link></h2>
          <span className={styles.kind}>{t(`mode.${app.mode}`)}{app.published_version !== null && <Tag tone="ok">{t("live", { version: app.published_version })}</Tag>}</span>
        </div>
        {menu}
      </div>
      <p className={cx(styles.text, !app.description && styles.none)}>{app.description || t("noDescription")}</p>
      <Activity app={app} />
    </li>
  );
}

function Activity({ app }: { app: App }) {
  const { t } = useTranslation("apps");
  const format = useFormat();
  const days = app.activity.map((day) => ({ value: day.runs, bad: day.errors, label: t("day", { date: format.date(day.date), runs: day.runs, errors: day.errors }) }));
  const runs = app.activity.reduce((sum, day) => sum + day.runs, 0);
  const errors = app.activity.reduce((sum, day) => sum + day.errors, 0);
  return (
    <div className={styles.foot}>
      {app.last_run
        ? <State tone={TONES[app.last_run.status]} live={app.last_run.status === "running"}>{t(`status.${app.last_run.status}`)} <span className={styles.when}>{format.ago(app.last_run.at)}</span></State>
        : <State>{t("neverRun")}</State>}
      <Sparkline days={days} label={t("week", { runs, errors })} />
    </div>
  );
}
