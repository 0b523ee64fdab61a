/** The versions of an app, and what changed between any two of them or the draft. */
import { useQuery } from "@tanstack/react-query";
import { Download, GitCompare } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { appQuery, type Version, versionsQuery } from "@/api";
import { Button, Card, cx, EmptyState, ErrorCard, Page, Select, Skeleton, Tag, useFormat } from "@/kit";
import { ExportDialog } from "../ExportDialog";
import { VersionDiffView } from "./VersionDiffView";
import styles from "./Versions.module.css";

const DRAFT = "draft";

export function VersionsPage() {
  const { t } = useTranslation(["apps", "editor"]);
  const { appId = "" } = useParams();
  const app = useQuery(appQuery(appId));
  const versions = useQuery(versionsQuery(appId));
  const [search, setSearch] = useSearchParams();
  const [exported, setExported] = useState<number | null | undefined>();
  const items = versions.data?.items ?? [];
  const known = (text: string | null) => items.find(({ number }) => String(number) === text)?.number;
  const older = known(search.get("from")) ?? known(search.get("show")) ?? items.find(({ is_live }) => is_live)?.number ?? items[0]?.number;
  const newer: number | "draft" = known(search.get("to")) ?? DRAFT;
  const compare = (from: number, to: number | "draft") => setSearch({ from: String(from), to: String(to) }, { replace: true });
  const exportButton = <Button icon={<Download />} onClick={() => setExported(null)}>{t("exporting.button")}</Button>;
  const names = items.map(({ number, is_live }) => ({ value: String(number), label: `v${number}${is_live ? ` · ${t("exporting.live")}` : ""}` }));

  return (
    <Page title={t("versions.title")} description={t("versions.lead")} actions={exportButton}>
      {versions.isPending && <Card><Skeleton width="50%" /><Skeleton /></Card>}
      {versions.isError && <ErrorCard title={t("versions.notLoaded")} error={versions.error} onRetry={() => void versions.refetch()} />}
      {versions.isSuccess && items.length === 0 && <EmptyState picture="apps" title={t("versions.empty")} text={t("versions.emptyText")} action={<Button asChild variant="primary"><Link to={`/apps/${appId}`}>{t("versions.emptyAction")}</Link></Button>} />}
      {older !== undefined && (
        <div className={styles.columns}>
          <ol className={styles.list} aria-label={t("versions.title")}>
            {items.map((version, i) => <Row key={version.id} version={version} shown={version.number === older} onCompare={() => compare(version.number, DRAFT)} onBefore={items[i + 1] ? () => compare(items[i + 1]?.number ?? 0, version.number) : null} onExport={() => setExported(version.number)} />)}
          </ol>
          <section className={styles.compare} aria-label={t("versions.compare")}>
            <div className={styles.choice}>
              <Select size="sm" label={t("versions.from")} value={String(older)} onChange={(value) => compare(Number(value), newer)} options={names} />
              <span aria-hidden>→</span>
              <Select size="sm" label={t("versions.to")} value={String(newer)} onChange={(value) => compare(older, value === DRAFT ? DRAFT : Number(value))} options={[{ value: DRAFT, label: t("exporting.draft") }, ...names]} />
            </div>
            <VersionDiffView key={`${older}:${newer}`} appId={appId} from={older} to={newer} />
          </section>
        </div>
      )}
      <ExportDialog app={exported === undefined ? null : { id: appId, name: app.data?.name ?? "" }} version={exported ?? null} onClose={() => setExported(undefined)} />
    </Page>
  );
}

function Row({ version, shown, onCompare, onBefore, onExport }: { version: Version; shown: boolean; onCompare: () => void; onBefore: (() => void) | null; onExport: () => void }) {
  const { t } = useTranslation("apps");
  const { ago, dateTime } = useFormat();
  const { number, note, is_live: isLive, created_at: at, author } = version;
  return (
    <li className={cx(styles.version, shown && styles.shown)} aria-current={shown || undefined}>
      <p className={styles.line}><b>v{number}</b>{isLive && <Tag tone="ok">{t("exporting.live")}</Tag>}<time className={styles.when} dateTime={at} title={dateTime(at)}>{ago(at)}</time></p>
      {note && <p className={styles.note}>{note}</p>}
      {author && <p className={styles.author}>{author.name}</p>}
      <p className={styles.deeds}>
        <Button size="sm" variant="ghost" icon={<GitCompare />} onClick={onCompare}>{t("versions.withDraft")}</Button>
        {onBefore && <Button size="sm" variant="ghost" onClick={onBefore}>{t("versions.whatChanged")}</Button>}
        <Button size="sm" variant="ghost" icon={<Download />} onClick={onExport}>{t("exporting.button")}</Button>
      </p>
    </li>
  );
}
