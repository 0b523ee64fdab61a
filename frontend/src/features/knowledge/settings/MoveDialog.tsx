/** Asks before a full knowledge base goes to another model or store: what that means, and roughly how long it takes. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type MoveAim, type MoveEstimate, moveEstimateQuery } from "@/api";
import { Button, Dialog, ErrorCard, Skeleton } from "@/kit";
import { duration } from "../duration";
import styles from "./Settings.module.css";

const BUILT_IN = "weft";

export function MoveDialog({ datasetId, aim, starting, error, onStart, onClose }: { datasetId: string; aim: MoveAim; starting: boolean; error: unknown; onStart: () => void; onClose: () => void }) {
  const { t } = useTranslation("knowledge");
  const estimate = useQuery(moveEstimateQuery(datasetId, aim));
  const title = aim.embedding ? t("settings.embedding.move.change", { model: aim.embedding.model }) : t("settings.embedding.move.changeStore", { store: t(`settings.embedding.stores.${aim.vector_store ?? "chroma"}`) });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      footer={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button variant="primary" disabled={!estimate.isSuccess} loading={starting} onClick={onStart}>
            {t("settings.embedding.move.start")}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        {estimate.isFetching && (
          <div role="status">
            <p className={styles.note}>{t("settings.embedding.move.estimating")}</p>
            <Skeleton height={20} />
          </div>
        )}
        {estimate.isError && !estimate.isFetching && <ErrorCard compact title={t("settings.embedding.move.noEstimate")} error={estimate.error} onRetry={() => void estimate.refetch()} />}
        {estimate.data && <Meaning estimate={estimate.data} isCharged={aim.embedding !== undefined && aim.embedding.provider !== BUILT_IN} />}
        {error !== null && <ErrorCard compact title={t("settings.embedding.move.notStarted")} error={error} />}
      </div>
    </Dialog>
  );
}

function Meaning({ estimate: { passages, seconds }, isCharged }: { estimate: MoveEstimate; isCharged: boolean }) {
  const { t } = useTranslation("knowledge");
  return (
    <>
      <p>
        {seconds === null ? t("settings.embedding.move.copied", { count: passages }) : t("settings.embedding.move.anew", { count: passages, time: duration(seconds, t) })} {isCharged && t("settings.embedding.move.charge")}
      </p>
      <p className={styles.note}>{t("settings.embedding.move.meanwhile")}</p>
    </>
  );
}
