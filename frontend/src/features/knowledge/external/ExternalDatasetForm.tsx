/** Names a knowledge base that stands for what an external service holds. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { createExternalDataset, datasetKeys, type ExternalService } from "@/api";
import { Button, ErrorCard, Field, Input } from "@/kit";
import styles from "./External.module.css";

export function ExternalDatasetForm({ service, onCancel }: { service: ExternalService; onCancel: () => void }) {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [key, setKey] = useState("");
  const create = useMutation({
    mutationFn: () => createExternalDataset(service.id, { name: name.trim(), external_key: key.trim() }),
    onSuccess: (dataset) => {
      void client.invalidateQueries({ queryKey: datasetKeys.all, exact: true });
      void navigate(`/knowledge/${dataset.id}?tab=retrieval`);
    },
  });
  const isWhole = name.trim() !== "" && key.trim() !== "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isWhole) create.mutate();
  };
  return (
    <form className={styles.inner} onSubmit={submit}>
      <Field label={t("name")}>
        <Input value={name} maxLength={120} required autoFocus onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label={t("external.knowledgeId")} hint={t("external.knowledgeIdHint")}>
        <Input mono value={key} maxLength={200} required onChange={(event) => setKey(event.target.value)} />
      </Field>
      {create.isError && <ErrorCard compact title={t("newDialog.failed")} error={create.error} />}
      <div className={styles.buttons}>
        <Button size="sm" onClick={onCancel}>{t("cancel")}</Button>
        <Button size="sm" type="submit" variant="primary" disabled={!isWhole} loading={create.isPending}>
          {t("newDialog.button")}
        </Button>
      </div>
    </form>
  );
}
