/** How a document came here: when each stage began and how long it took, and what could not be read. */
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type DocumentStage, type KnowledgeDocument, STAGES } from "@/api";
import { Card, useErrorText, useFormat } from "@/kit";
import { isMoving } from "../stages";
import styles from "./Details.module.css";

export function DocumentLog({ document }: { document: KnowledgeDocument }) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const began = timeline(document);
  return (
    <>
      <Card title={t("log.title")}>
        <ol className={styles.log}>
          <li>
            <i aria-hidden />
            <b>{t("log.added", { source: t(`source.${document.source}`) })}</b>
            <time dateTime={document.created_at}>{format.dateTime(document.created_at)}</time>
          </li>
          {began.map(({ stage, at, ms }, index) => {
            const isLast = index === began.length - 1;
            return (
              <li key={stage} data-now={(isLast && isMoving(document.stage)) || undefined} data-end={stage === "ready" || undefined}>
                <i aria-hidden />
                <b>{t(`stage.${stage}`)}</b>
                <time dateTime={at}>{format.dateTime(at)}</time>
                {ms !== null && <small>{format.duration(ms)}</small>}
              </li>
            );
          })}
          {(document.stage === "failed" || document.stage === "cancelled" || document.stage === "paused") && (
            <li data-bad={document.stage === "failed" || undefined}>
              <i aria-hidden />
              <b>{t(`stage.${document.stage}`)}</b>
              <time dateTime={document.updated_at}>{format.dateTime(document.updated_at)}</time>
            </li>
          )}
        </ol>
      </Card>
      <div style={{ height: "var(--s4)" }} />
      <Card title={t("log.warnings")}>
        {document.warnings.length === 0 ? (
          <p className={styles.note}>{t("log.noWarnings")}</p>
        ) : (
          <ul className={styles.warnings}>
            {document.warnings.map((warning, index) => (
              <Warning key={index} warning={warning} />
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}

function Warning({ warning }: { warning: KnowledgeDocument["warnings"][number] }) {
  const { t } = useTranslation("knowledge");
  const { message, remedy } = useErrorText(warning);
  return (
    <li>
      <TriangleAlert size={16} aria-hidden />
      <div>
        {message} {remedy}
        {warning.page !== null && <small>{t("page", { page: warning.page })}</small>}
      </div>
    </li>
  );
}

/** The stages in their order with how long each took; of the one under way nobody knows yet. */
function timeline({ times }: KnowledgeDocument): { stage: DocumentStage; at: string; ms: number | null }[] {
  const began = STAGES.flatMap((stage) => (times[stage] ? [{ stage, at: times[stage] }] : [])).sort((a, b) => a.at.localeCompare(b.at));
  return began.map(({ stage, at }, index) => {
    const next = began[index + 1];
    return { stage, at, ms: next ? Date.parse(next.at) - Date.parse(at) : null };
  });
}
