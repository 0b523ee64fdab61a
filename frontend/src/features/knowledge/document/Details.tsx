/** What is known of a document: its facts, and the values of its metadata fields. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { documentQuery, fieldsQuery, type KnowledgeDocument, type MetadataField, type MetadataValue, updateDocument, useMay } from "@/api";
import { Button, Card, ErrorCard, Field, Input, Skeleton, useFormat } from "@/kit";
import { timeText } from "../filter/conditions";
import styles from "./Details.module.css";

export function Details({ document }: { document: KnowledgeDocument }) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const fields = useQuery(fieldsQuery(document.dataset_id));
  const facts: [string, string | null][] = [
    [t("facts.source"), t(`source.${document.source}`)],
    [t("column.size"), format.bytes(document.size_bytes)],
    [t("facts.pages"), document.page_count === null ? null : format.number(document.page_count)],
    [t("facts.letters"), document.char_count ? format.number(document.char_count) : null],
    [t("column.chunks"), format.number(document.chunk_count)],
    [t("facts.reused"), document.reused_count ? format.number(document.reused_count) : null],
    [t("column.hits"), format.number(document.hit_count)],
    [t("facts.language"), document.language || null],
    [t("uploaded"), format.dateTime(document.created_at)],
    [t("column.updated"), format.dateTime(document.updated_at)],
  ];
  return (
    <div className={styles.column}>
      <Card title={t("facts.title")}>
        <dl className={styles.facts}>
          {facts.map(([name, value]) => value !== null && <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
          {document.source_url && (
            <div>
              <dt>{t("facts.address")}</dt>
              <dd>
                <a href={document.source_url} target="_blank" rel="noreferrer">
                  {document.source_url}
                </a>
              </dd>
            </div>
          )}
        </dl>
      </Card>
      <Card title={t("metadata.title")} description={t("metadata.text")}>
        {fields.isPending && <Skeleton height={64} />}
        {fields.isError && <ErrorCard compact title={t("metadata.notLoaded")} error={fields.error} onRetry={() => void fields.refetch()} />}
        {fields.data?.items.length === 0 && (
          <p className={styles.note}>
            {t("metadata.none")} <Link to={`/knowledge/${document.dataset_id}?tab=settings#metadata`}>{t("metadata.addFields")}</Link>
          </p>
        )}
        {fields.data && fields.data.items.length > 0 && <Values key={JSON.stringify(document.metadata)} document={document} fields={fields.data.items} />}
      </Card>
    </div>
  );
}

type Texts = Record<string, string>;

function Values({ document, fields }: { document: KnowledgeDocument; fields: readonly MetadataField[] }) {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const mayEdit = useMay("editor");
  const before: Texts = Object.fromEntries(fields.map((field) => [field.name, textOf(field, document.metadata[field.name])]));
  const [texts, setTexts] = useState(before);
  const changed = fields.filter((field) => texts[field.name] !== before[field.name]);
  const wrong = fields.filter((field) => field.type === "number" && texts[field.name]?.trim() && !Number.isFinite(Number(texts[field.name])));
  const save = useMutation({
    mutationFn: () => updateDocument(document.id, { metadata: Object.fromEntries(changed.map((field) => [field.name, valueOf(field, texts[field.name] ?? "")])) }),
    onSuccess: (kept) => client.setQueryData(documentQuery(document.id).queryKey, kept),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (changed.length > 0 && wrong.length === 0) save.mutate();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      {fields.map((field) => (
        <Field key={field.id} label={field.name} error={wrong.includes(field) ? t("metadata.noNumber") : undefined}>
          <Input type={field.type === "time" ? "date" : "text"} inputMode={field.type === "number" ? "decimal" : undefined} disabled={!mayEdit} value={texts[field.name] ?? ""} onChange={(event) => setTexts((now) => ({ ...now, [field.name]: event.target.value }))} />
        </Field>
      ))}
      {save.isError && <ErrorCard compact title={t("notSaved")} error={save.error} />}
      {mayEdit && (
        <div className={styles.buttons}>
          <Button type="submit" disabled={changed.length === 0 || wrong.length > 0} loading={save.isPending}>
            {t("save")}
          </Button>
        </div>
      )}
    </form>
  );
}

function textOf(field: MetadataField, value: MetadataValue | undefined): string {
  if (value === undefined || value === null) return "";
  return field.type === "time" ? timeText(value) : String(value);
}

const valueOf = (field: MetadataField, text: string): MetadataValue => (text.trim() === "" ? null : field.type === "number" ? Number(text) : text.trim());
