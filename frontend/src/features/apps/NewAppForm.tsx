/** Template, name, and for a chat over documents what it answers from. */
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type App, type TemplateId } from "@/api";
import { Button, ErrorCard, Field, Input } from "@/kit";
import { type Knowledge, KnowledgeChoice } from "./KnowledgeChoice";
import styles from "./NewAppForm.module.css";
import { TEMPLATE_ICONS, TemplatePicker } from "./TemplatePicker";
import { useCreateApp } from "./useCreateApp";

export interface NewAppFormProps {
  onCreated: (app: App) => void;
  onCancel: () => void;
  cancelLabel?: ReactNode;
}

export function NewAppForm({ onCreated, onCancel, cancelLabel }: NewAppFormProps) {
  const { t } = useTranslation("apps");
  const [template, setTemplate] = useState<TemplateId>("rag-chat");
  const [name, setName] = useState("");
  const [knowledge, setKnowledge] = useState<Knowledge>({ datasetId: null, files: [] });
  const create = useCreateApp(onCreated);
  const overDocuments = template === "rag-chat";
  const submit = () => create.mutate({
    name: name.trim() || t(`template.${template}.name`),
    template,
    icon: TEMPLATE_ICONS[template],
    files: overDocuments ? knowledge.files : [],
    ...(overDocuments && knowledge.datasetId ? { dataset_id: knowledge.datasetId } : {}),
  });

  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); submit(); }}>
      <TemplatePicker value={template} onChange={setTemplate} />
      <Field label={t("newApp.name")}>
        <Input value={name} maxLength={120} placeholder={t(`template.${template}.name`)} onChange={(event) => setName(event.target.value)} />
      </Field>
      {overDocuments && <KnowledgeChoice value={knowledge} onChange={setKnowledge} />}
      {create.isError && <ErrorCard compact title={t("newApp.failed")} error={create.error} />}
      <div className={styles.buttons}>
        <Button onClick={onCancel}>{cancelLabel ?? t("cancel")}</Button>
        <Button type="submit" variant="primary" loading={create.isPending}>{t(create.isPending && knowledge.files.length > 0 && overDocuments ? "newApp.uploading" : "newApp.button")}</Button>
      </div>
    </form>
  );
}
