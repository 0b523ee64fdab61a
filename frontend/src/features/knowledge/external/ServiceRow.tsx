/** One external service: where it is, whether it answers, what can be done with it. */
import { useMutation } from "@tanstack/react-query";
import { Ellipsis, Globe, Pencil, Plug, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { checkExternalService, type ExternalService, useMay } from "@/api";
import { Button, ErrorCard, IconButton, Menu, State, useFormat } from "@/kit";
import { ExternalDatasetForm } from "./ExternalDatasetForm";
import styles from "./External.module.css";
import { ServiceForm } from "./ServiceForm";

export function ServiceRow({ service, mayManage, onDelete }: { service: ExternalService; mayManage: boolean; onDelete: () => void }) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const mayEdit = useMay("editor");
  const [open, setOpen] = useState<"edit" | "dataset" | null>(null);
  const check = useMutation({ mutationFn: () => checkExternalService(service.id) });
  if (open === "edit") return <li><ServiceForm service={service} onDone={() => setOpen(null)} /></li>;
  return (
    <li className={styles.row}>
      <div className={styles.head}>
        <Globe size={18} className={styles.icon} aria-hidden />
        <div className={styles.names}>
          <b>{service.name}</b>
          <code>{service.endpoint}/retrieval</code>
          <span>{[service.description, t("external.datasets", { count: service.dataset_count }), t(service.has_key ? "external.hasKey" : "external.noKey")].filter(Boolean).join(" · ")}</span>
        </div>
        {mayManage && (
          <Menu
            trigger={<IconButton size="sm" label={t("menu", { name: service.name })} icon={<Ellipsis />} />}
            entries={[
              { icon: <Pencil />, label: t("edit"), onSelect: () => setOpen("edit") },
              { icon: <Trash2 />, label: t("delete"), danger: true, disabled: service.dataset_count > 0, hint: service.dataset_count > 0 ? t("external.inUse") : undefined, onSelect: onDelete },
            ]}
          />
        )}
      </div>
      {mayEdit && (
        <div className={styles.actions}>
          <Button size="sm" icon={<Plug />} loading={check.isPending} onClick={() => check.mutate()}>
            {t("external.check")}
          </Button>
          {open !== "dataset" && (
            <Button size="sm" icon={<Plus />} onClick={() => setOpen("dataset")}>
              {t("external.use")}
            </Button>
          )}
          <span role="status">{check.data?.ok && <State tone="ok">{t("external.answers", { time: format.duration(check.data.elapsed_ms) })}</State>}</span>
        </div>
      )}
      {check.isError && <ErrorCard compact title={t("external.checkFailed")} error={check.error} />}
      {check.data?.error && <ErrorCard compact title={t("external.checkFailed")} error={check.data.error} />}
      {open === "dataset" && <ExternalDatasetForm service={service} onCancel={() => setOpen(null)} />}
    </li>
  );
}
