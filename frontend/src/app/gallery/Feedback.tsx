/** State, progress, errors, and places with nothing in them. */
import { useTranslation } from "react-i18next";
import { Avatar, Badge, Button, EmptyState, ErrorCard, Progress, Skeleton, Sparkline, Spinner, State, Tag } from "@/kit";
import styles from "./KitPage.module.css";
import { Section } from "./Section";

const WEEK = [4, 7, 3, 0, 12, 9, 6].map((value, index) => ({ label: `${index + 1}`, value, bad: index === 4 ? 5 : 0 }));

export function Feedback() {
  const { t } = useTranslation("gallery");
  return (
    <Section title={t("feedback")}>
      <div className={styles.row}>
        <Tag>{t("draft")}</Tag><Tag tone="ok">{t("live")}</Tag><Tag tone="run">{t("running")}</Tag><Tag tone="warn">{t("waiting")}</Tag><Tag tone="bad">{t("failed")}</Tag><Tag tone="accent" mono>sys.query</Tag><Badge tone="bad">3</Badge>
        <State tone="ok">{t("finished")}</State><State tone="run" live>{t("running")}</State><State tone="bad">{t("failed")}</State>
      </div>
      <div className={styles.row}>
        <div className={styles.bar}><Progress value={0.62} label={t("progress")} /></div>
        <div className={styles.bar}><Progress value={null} tone="run" label={t("progress")} /></div>
        <Spinner /><Sparkline days={WEEK} label={t("week")} /><Avatar name="林晓" /><Avatar name="Maya Kern" /><Skeleton width={140} />
      </div>
      <div className={styles.two}>
        <ErrorCard title={t("errorTitle")} error={{ code: "model_timeout", message: t("errorText"), field: "model" }} where={t("errorWhere")} onRetry={() => undefined} />
        <EmptyState compact picture="knowledge" title={t("emptyTitle")} text={t("emptyText")} action={<Button variant="primary">{t("add")}</Button>} />
      </div>
      <div className={styles.row}>
        {(["apps", "runs", "models", "keys", "search", "chat"] as const).map((picture) => <EmptyState key={picture} compact picture={picture} title={picture} />)}
      </div>
    </Section>
  );
}
