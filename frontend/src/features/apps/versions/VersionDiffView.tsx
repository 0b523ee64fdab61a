/** What changed from one version to another: first in a few words, then line by line. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { diffQuery, getDraft, versionQuery } from "@/api";
import { Card, cx, EmptyState, ErrorCard, Skeleton, Tag } from "@/kit";
import { changesOf, hunksOf, type Changes } from "./diff";
import styles from "./Versions.module.css";

const MARKS = { same: " ", added: "+", removed: "−" } as const;

export function VersionDiffView({ appId, from, to }: { appId: string; from: number; to: number | "draft" }) {
  const { t } = useTranslation("apps");
  const found = useQuery(diffQuery(appId, from, to));
  const before = useQuery(versionQuery(appId, from));
  // A key of its own: the editor must never take this copy for its draft.
  const draft = useQuery({ queryKey: ["apps", appId, "compared-draft"], queryFn: () => getDraft(appId), enabled: to === "draft" });
  const version = useQuery({ ...versionQuery(appId, to === "draft" ? 0 : to), enabled: to !== "draft" });
  const after = to === "draft" ? draft.data?.document : version.data?.document;
  const hunks = useMemo(() => (found.data ? hunksOf(found.data.diff, found.data.to.text) : []), [found.data]);
  const changes = useMemo(() => (before.data?.document && after ? changesOf(before.data.document, after) : null), [before.data, after]);
  if (found.isPending) return <Card><Skeleton width="40%" /><Skeleton /><Skeleton width="80%" /></Card>;
  if (found.isError) return <ErrorCard title={t("versions.notCompared")} error={found.error} onRetry={() => void found.refetch()} />;
  if (hunks.length === 0) return <Card><EmptyState compact title={t("versions.same")} /></Card>;
  const count = (kind: "added" | "removed") => hunks.reduce((sum, { lines }) => sum + lines.filter((line) => line.kind === kind).length, 0);
  return (
    <>
      {changes && <Summary changes={changes} />}
      <Card flush className={styles.diff}>
        <p className={styles.counts}><Tag tone="ok">+{count("added")}</Tag><Tag tone="bad">−{count("removed")}</Tag><span>{t("versions.places", { count: hunks.length })}</span></p>
        {hunks.map((hunk, i) => (
          <figure key={i} className={styles.hunk}>
            <figcaption><code>{hunk.place}</code></figcaption>
            <div className={styles.code} tabIndex={0} role="group" aria-label={hunk.place}>
              {hunk.lines.map((line, at) => (
                <div key={at} className={cx(styles.row, styles[line.kind])}>
                  <span className={styles.number} aria-hidden>{line.from ?? ""}</span>
                  <span className={styles.number} aria-hidden>{line.to ?? ""}</span>
                  <span className={styles.mark}>{MARKS[line.kind]}</span>
                  <span className={styles.text}>{line.text}</span>
                </div>
              ))}
            </div>
          </figure>
        ))}
      </Card>
    </>
  );
}

function Summary({ changes }: { changes: Changes }) {
  const { t } = useTranslation("apps");
  const rows = (["added", "removed", "changed"] as const).filter((name) => changes[name].length > 0);
  return (
    <Card>
      <dl className={styles.summary}>
        {rows.map((name) => <div key={name}><dt>{t(`versions.${name}`)}</dt><dd>{changes[name].map((title) => <Tag key={title} tone={name === "added" ? "ok" : name === "removed" ? "bad" : "accent"}>{title}</Tag>)}</dd></div>)}
        {changes.links > 0 && <div><dt>{t("versions.links")}</dt><dd>{t("versions.linkCount", { count: changes.links })}</dd></div>}
        {changes.others.length > 0 && <div><dt>{t("versions.settings")}</dt><dd>{changes.others.map((name) => <Tag key={name} tone="accent">{t(`versions.other.${name}`)}</Tag>)}</dd></div>}
        {rows.length === 0 && changes.links === 0 && changes.others.length === 0 && <div><dt>{t("versions.onlyLayout")}</dt></div>}
      </dl>
    </Card>
  );
}
