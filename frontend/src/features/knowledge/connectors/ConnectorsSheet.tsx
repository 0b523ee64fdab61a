/** Web pages, sitemaps and folders that a knowledge base follows: which there are, what the last look brought, new ones. */
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { connectorsQuery, useMay } from "@/api";
import { Button, EmptyState, ErrorCard, Sheet, Skeleton } from "@/kit";
import { ConnectorForm } from "./ConnectorForm";
import { ConnectorRow } from "./ConnectorRow";
import styles from "./Connectors.module.css";

export function ConnectorsSheet({ datasetId, open, onOpenChange }: { datasetId: string; open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation("knowledge");
  return (
    <Sheet open={open} onOpenChange={onOpenChange} title={t("connectors.title")} width="580px">
      <Connectors datasetId={datasetId} />
    </Sheet>
  );
}

function Connectors({ datasetId }: { datasetId: string }) {
  const { t } = useTranslation("knowledge");
  const mayEdit = useMay("editor");
  const query = useQuery(connectorsQuery(datasetId));
  const [adding, setAdding] = useState(false);
  const connectors = query.data?.items ?? [];
  const isNone = query.isSuccess && connectors.length === 0;
  return (
    <div className={styles.sheet}>
      <p className={styles.lead}>{t("connectors.lead")}</p>
      {query.isPending && <Skeleton height={100} radius="var(--r2)" />}
      {query.isError && <ErrorCard compact title={t("connectors.notLoaded")} error={query.error} onRetry={() => void query.refetch()} />}
      {isNone && !mayEdit && <EmptyState compact picture="knowledge" title={t("connectors.none")} />}
      {connectors.length > 0 && (
        <ul className={styles.list} aria-label={t("connectors.title")}>
          {connectors.map((connector) => (
            <ConnectorRow key={connector.id} connector={connector} mayEdit={mayEdit} />
          ))}
        </ul>
      )}
      {mayEdit &&
        (adding || isNone ? (
          <ConnectorForm datasetId={datasetId} onDone={() => setAdding(false)} onCancel={isNone ? null : () => setAdding(false)} />
        ) : (
          <Button icon={<Plus />} className={styles.add} onClick={() => setAdding(true)}>
            {t("connectors.add")}
          </Button>
        ))}
    </div>
  );
}
