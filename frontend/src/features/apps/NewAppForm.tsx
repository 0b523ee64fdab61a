/** Template, name, and for a template over documents its dataset. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type App, appKeys, createApp, datasetsQuery, type TemplateId } from "@/api";
import { Button, Combobox, ErrorCard, Field, Input } from "@/kit";
import styles from "./NewAppForm.module.css";
import { TEMPLATE_ICONS, TemplatePicker } from "./TemplatePicker";

export interface NewAppFormProps {
  onCreated: (app: App) => void;
  onCancel: () => void;
  cancelLabel?: ReactNode;
}

export function NewAppForm({ onCreated, onCancel, cancelLabel }: NewAppFormProps) {
  const { t } = useTranslation("apps");
  const client = useQueryClient();
  const [template, setTemplate] = useState<TemplateId>("rag-chat");
  const [name, setName] = useState("");
  const [datasetId, setDatasetId] = useState<string | null>(null);
  const datasets = useQuery(datasetsQuery);
  const create = useMutation({
    mutationFn: createApp,
    onSuccess: (app) => {
      void client.invalidateQueries({ queryKey: appKeys.all });
      onCreated(app);
    },
  });
  const choices = (datasets.data?.items ?? []).map((dataset) => ({ value: dataset.id, label: dataset.name, hint: t("newApp.documents", { count: dataset.document_count }) }));
  const submit = () => create.mutate({
    name: name.trim() || t(`template.${template}.name`),
    template,
    icon: TEMPLATE_ICONS[template],
    ...(template === "rag-chat" && datasetId ? { dataset_id: datasetId } : {}),
  });

  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); submit(); }}>
      <TemplatePicker value={template} onChange={setTemplate} />
      <div className={styles.pair}>
        <Field label={t("newApp.name")}>
          <Input value={name} maxLength={120} placeholder={t(`template.${template}.name`)} onChange={(event) => setName(event.target.value)} />
        </Field>
        {template === "rag-chat" && (
          <Field label={t("newApp.dataset")} optional={t("newApp.optional")} hint={choices.length === 0 && datasets.isSuccess ? t("newApp.noDatasets") : undefined}>
            <Combobox value={datasetId} onChange={setDatasetId} options={choices} placeholder={t("newApp.chooseDataset")} disabled={choices.length === 0} />
          </Field>
        )}
      </div>
      {create.isError && <ErrorCard compact title={t("newApp.failed")} error={create.error} />}
      <div className={styles.buttons}>
        <Button onClick={onCancel}>{cancelLabel ?? t("cancel")}</Button>
        <Button type="submit" variant="primary" loading={create.isPending}>{t("newApp.button")}</Button>
      </div>
    </form>
  );
}
