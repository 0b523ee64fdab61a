/** Retrieval services elsewhere: which there are, whether they answer, and knowledge bases that stand for what they hold. */
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { externalServicesQuery, useMay } from "@/api";
import { Button, EmptyState, ErrorCard, Sheet, Skeleton } from "@/kit";
import styles from "./External.module.css";
import { ServiceForm } from "./ServiceForm";
import { ServiceRow } from "./ServiceRow";
import { useDeleteService } from "./useDeleteService";

export function ExternalServicesSheet({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation("knowledge");
  return (
    <Sheet open={open} onOpenChange={onOpenChange} title={t("external.title")} width="560px">
      <Services />
    </Sheet>
  );
}

function Services() {
  const { t } = useTranslation("knowledge");
  const mayManage = useMay("admin");
  const services = useQuery(externalServicesQuery);
  const [adding, setAdding] = useState(false);
  const { hidden, failure, remove } = useDeleteService();
  const shown = (services.data?.items ?? []).filter((service) => !hidden.has(service.id));
  return (
    <div className={styles.sheet}>
      <p className={styles.lead}>{t("external.lead")}</p>
      {failure !== null && <ErrorCard compact title={t("external.notDeleted")} error={failure} />}
      {services.isError && <ErrorCard compact title={t("external.notLoaded")} error={services.error} onRetry={() => void services.refetch()} />}
      {services.isPending && <Skeleton height={96} radius="var(--r2)" />}
      {services.isSuccess && shown.length === 0 && !adding && <EmptyState compact picture="keys" title={t("external.none")} text={t(mayManage ? "external.noneText" : "external.adminsOnly")} />}
      {shown.length > 0 && (
        <ul className={styles.list} aria-label={t("external.title")}>
          {shown.map((service) => (
            <ServiceRow key={service.id} service={service} mayManage={mayManage} onDelete={() => remove(service)} />
          ))}
        </ul>
      )}
      {mayManage &&
        (adding ? (
          <ServiceForm service={null} onDone={() => setAdding(false)} />
        ) : (
          <Button icon={<Plus />} className={styles.add} onClick={() => setAdding(true)}>
            {t("external.add")}
          </Button>
        ))}
    </div>
  );
}
