/** What a knowledge base is called, what is known of it, and its end. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { type Dataset, datasetKeys, updateDataset } from "@/api";
import { Button, Card, CopyButton, ErrorCard, Field, Input, Tag, Textarea, useFormat } from "@/kit";
import { type RemoveRequest } from "../useDeleteDataset";
import styles from "./Settings.module.css";

export function NamesCard({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const [name, setName] = useState(dataset.name);
  const [description, setDescription] = useState(dataset.description);
  const changed = name.trim() !== dataset.name || description.trim() !== dataset.description;
  const save = useMutation({
    mutationFn: () => updateDataset(dataset.id, { name: name.trim(), description: description.trim() }),
    onSuccess: (saved) => {
      client.setQueryData(datasetKeys.one(dataset.id), saved);
      void client.invalidateQueries({ queryKey: datasetKeys.all, exact: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (changed && name.trim()) save.mutate();
  };
  return (
    <Card>
      <form className={styles.form} onSubmit={submit}>
        <Field label={t("name")} error={name.trim() ? undefined : t("nameNeeded")}>
          <Input value={name} maxLength={120} required onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label={t("description")} hint={t("descriptionHint")}>
          <Textarea value={description} maxLength={2000} onChange={(event) => setDescription(event.target.value)} />
        </Field>
        {save.isError && <ErrorCard compact title={t("notSaved")} error={save.error} />}
        <div className={styles.buttons}>
          <span className={styles.saved} role="status">
            {save.isSuccess && !changed && t("saved")}
          </span>
          <Button type="submit" variant="primary" disabled={!changed || !name.trim()} loading={save.isPending}>
            {t("save")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

export function AboutCard({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  return (
    <Card title={t("about")}>
      <dl className={styles.facts}>
        <dt>{t("usedBy")}</dt>
        <dd className={styles.apps}>
          {dataset.used_by.length === 0 && t("unused")}
          {dataset.used_by.map((app) => (
            <Link key={app.id} to={`/apps/${app.id}`}>
              <Tag>{app.name}</Tag>
            </Link>
          ))}
        </dd>
        <dt>{t("created")}</dt>
        <dd>{format.dateTime(dataset.created_at)}</dd>
        <dt>{t("id")}</dt>
        <dd className={styles.id}>
          <code>{dataset.id}</code> <CopyButton size="sm" variant="ghost" text={dataset.id} />
        </dd>
      </dl>
    </Card>
  );
}

export function EndCard({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("knowledge");
  const navigate = useNavigate();
  const remove = () => void navigate("/knowledge", { state: { remove: { id: dataset.id, name: dataset.name } } satisfies RemoveRequest });
  return (
    <Card
      title={t("deleteTitle")}
      description={dataset.used_by.length > 0 ? t("deleteUsed", { count: dataset.used_by.length }) : t("deleteText")}
      actions={
        <Button variant="danger" icon={<Trash2 />} onClick={remove}>
          {t("delete")}
        </Button>
      }
    />
  );
}
