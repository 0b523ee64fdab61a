/** What keeps a document from being found: why it failed, or why it waits. Nothing for any other. */
import { RotateCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type KnowledgeDocument } from "@/api";
import { Button, ErrorCard } from "@/kit";
import { waitsForRetry } from "../stages";
import { RetryNote } from "./RetryNote";

export interface TroubleProps {
  document: KnowledgeDocument;
  className?: string | undefined;
  /** Absent for who only looks. */
  onRetry?: (() => void) | undefined;
}

export function Trouble({ document, className, onRetry }: TroubleProps) {
  const { t } = useTranslation("knowledge");
  const { error, stage, retry_at: retryAt } = document;
  if (error && retryAt !== null && waitsForRetry(document)) {
    return (
      <div className={className}>
        <RetryNote error={error} retryAt={retryAt} onRetry={onRetry} />
      </div>
    );
  }
  if (stage !== "failed" || !error) return null;
  return (
    <div className={className}>
      <ErrorCard
        compact
        title={t("failedTitle")}
        error={error}
        where={error.stage ? t("failedAt", { stage: t(`stage.${error.stage}`) }) : undefined}
        actions={
          onRetry && (
            <Button size="sm" icon={<RotateCw />} onClick={onRetry}>
              {t("retry")}
            </Button>
          )
        }
      />
    </div>
  );
}
