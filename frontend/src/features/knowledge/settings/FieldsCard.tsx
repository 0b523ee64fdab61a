/** The typed fields that documents of this knowledge base may have. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { createField, deleteField, fieldsQuery, type FieldType, type MetadataField, setBuiltIn } from "@/api";
import { Button, Card, ErrorCard, Field, IconButton, Input, Select, Skeleton, Tag, useUndo } from "@/kit";
import { Toggle } from "../parts/Toggle";
import styles from "./Settings.module.css";

const TYPES: readonly FieldType[] = ["string", "number", "time"];

export function FieldsCard({ datasetId, mayEdit }: { datasetId: string; mayEdit: boolean }) {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const offerUndo = useUndo();
  const fields = useQuery(fieldsQuery(datasetId));
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [failure, setFailure] = useState<unknown>(null);
  const refresh = () => client.invalidateQueries({ queryKey: fieldsQuery(datasetId).queryKey });
  const builtIn = useMutation({ mutationFn: (on: boolean) => setBuiltIn(datasetId, on), onSuccess: refresh });
  const show = (id: string) => setHidden((now) => new Set([...now].filter((one) => one !== id)));
  const remove = (field: MetadataField) => {
    setHidden((now) => new Set(now).add(field.id));
    offerUndo({
      message: t("deleted", { name: field.name }),
      undo: () => show(field.id),
      commit: async () => {
        try {
          await deleteField(datasetId, field.id);
        } catch (error) {
          setFailure(error);
        } finally {
          await refresh();
          show(field.id);
        }
      },
    });
  };
  const shown = (fields.data?.items ?? []).filter((field) => !hidden.has(field.id));
  return (
    <Card id="metadata" title={t("settings.fields.title")} description={t("settings.fields.text")}>
      {fields.isPending && <Skeleton height={60} />}
      {fields.isError && <ErrorCard compact title={t("metadata.notLoaded")} error={fields.error} onRetry={() => void fields.refetch()} />}
      {(failure !== null || builtIn.isError) && <ErrorCard compact title={t("settings.fields.notChanged")} error={failure ?? builtIn.error} />}
      {fields.isSuccess && shown.length === 0 && <p className={styles.note}>{t("settings.fields.none")}</p>}
      {shown.length > 0 && (
        <ul className={styles.fields}>
          {shown.map((field) => (
            <li key={field.id} className={styles.field}>
              <div>
                {field.name}
                {field.instruction && <span>{field.instruction}</span>}
              </div>
              <Tag>{t(`settings.fields.types.${field.type}`)}</Tag>
              <span>{t("settings.fields.of", { count: field.document_count })}</span>
              {mayEdit ? <IconButton size="sm" label={`${t("delete")}: ${field.name}`} icon={<Trash2 />} onClick={() => remove(field)} /> : <span />}
            </li>
          ))}
        </ul>
      )}
      {mayEdit && <NewField datasetId={datasetId} onMade={refresh} />}
      {fields.data && <Toggle label={t("settings.fields.builtIn")} note={t("settings.fields.builtInNote")} checked={fields.data.built_in_enabled} disabled={!mayEdit || builtIn.isPending} onChange={(on) => builtIn.mutate(on)} />}
    </Card>
  );
}

function NewField({ datasetId, onMade }: { datasetId: string; onMade: () => Promise<void> }) {
  const { t } = useTranslation("knowledge");
  const [name, setName] = useState("");
  const [type, setType] = useState<FieldType>("string");
  const [instruction, setInstruction] = useState("");
  const create = useMutation({
    mutationFn: () => createField(datasetId, { name: name.trim(), type, instruction: instruction.trim() }),
    onSuccess: async () => {
      setName("");
      setInstruction("");
      await onMade();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) create.mutate();
  };
  return (
    <form onSubmit={submit} className={styles.form}>
      <div className={styles.add}>
        <Field label={t("settings.fields.name")}>
          <Input value={name} maxLength={255} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label={t("settings.fields.type")}>
          <Select<FieldType> value={type} onChange={setType} options={TYPES.map((value) => ({ value, label: t(`settings.fields.types.${value}`) }))} />
        </Field>
        <Field label={t("settings.fields.instruction")} optional={t("optional")}>
          <Input value={instruction} maxLength={1000} placeholder={t("settings.fields.instructionHint")} onChange={(event) => setInstruction(event.target.value)} />
        </Field>
        <Button type="submit" icon={<Plus />} disabled={!name.trim()} loading={create.isPending}>
          {t("settings.fields.add")}
        </Button>
      </div>
      {create.isError && <ErrorCard compact title={t("settings.fields.notChanged")} error={create.error} />}
    </form>
  );
}
