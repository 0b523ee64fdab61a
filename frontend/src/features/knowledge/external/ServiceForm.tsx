/** A new external service, or the changes to one. A key that is stored is never shown; nothing typed keeps it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { createExternalService, type ExternalService, type ExternalServiceInput, externalServicesQuery, updateExternalService } from "@/api";
import { Button, ErrorCard, Field, Input } from "@/kit";
import styles from "./External.module.css";

export function ServiceForm({ service, onDone }: { service: ExternalService | null; onDone: () => void }) {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const [name, setName] = useState(service?.name ?? "");
  const [endpoint, setEndpoint] = useState(service?.endpoint ?? "");
  const [description, setDescription] = useState(service?.description ?? "");
  const [key, setKey] = useState("");
  const save = useMutation({
    mutationFn: (input: ExternalServiceInput) => (service ? updateExternalService(service.id, input) : createExternalService(input)),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: externalServicesQuery.queryKey });
      onDone();
    },
  });
  const isWhole = name.trim() !== "" && endpoint.trim() !== "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isWhole) save.mutate({ name: name.trim(), endpoint: endpoint.trim(), description: description.trim(), ...(key.trim() && { api_key: key.trim() }) });
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <Field label={t("name")}>
        <Input value={name} maxLength={120} required autoFocus onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label={t("external.endpoint")} hint={t("external.endpointHint")}>
        <Input mono value={endpoint} maxLength={500} required inputMode="url" placeholder="https://knowledge.example.com/api" onChange={(event) => setEndpoint(event.target.value)} />
      </Field>
      <Field label={t("external.key")} optional={t("optional")} hint={service?.has_key ? t("external.keyKept") : undefined}>
        <Input type="password" autoComplete="off" value={key} maxLength={1000} onChange={(event) => setKey(event.target.value)} />
      </Field>
      <Field label={t("description")} optional={t("optional")}>
        <Input value={description} maxLength={2000} onChange={(event) => setDescription(event.target.value)} />
      </Field>
      {save.isError && <ErrorCard compact title={t("notSaved")} error={save.error} />}
      <div className={styles.buttons}>
        <Button onClick={onDone}>{t("cancel")}</Button>
        <Button type="submit" variant="primary" disabled={!isWhole} loading={save.isPending}>
          {t("save")}
        </Button>
      </div>
    </form>
  );
}
