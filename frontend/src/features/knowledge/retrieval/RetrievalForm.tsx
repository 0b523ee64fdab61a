/** Every setting of the search, the few that matter first. Changes nothing by itself: it shows a value and tells of changes. */
import { useTranslation } from "react-i18next";
import { type Model, type Reading, type Retrieval } from "@/api";
import { Field, Segmented } from "@/kit";
import { FilterEditor, type FilterField } from "../filter/FilterEditor";
import { NumberInput } from "../parts/NumberInput";
import { Slider } from "../parts/Slider";
import { Toggle } from "../parts/Toggle";
import { QuestionFields, RerankFields } from "./ModelFields";
import styles from "./RetrievalForm.module.css";
import { WeightField } from "./WeightField";

export interface RetrievalFormProps {
  value: Retrieval;
  onChange: (value: Retrieval) => void;
  reading: Reading | null;
  fields: readonly FilterField[];
  models: readonly Model[];
  disabled?: boolean;
}

export function RetrievalForm({ value, onChange, reading, fields, models, disabled = false }: RetrievalFormProps) {
  const { t } = useTranslation("retrieval");
  const set = (change: Partial<Retrieval>) => onChange({ ...value, ...change });
  return (
    <fieldset className={styles.form} disabled={disabled}>
      <div className={styles.block}>
        <Segmented<Retrieval["method"]> label={t("method.label")} value={value.method} disabled={disabled} onChange={(method) => set({ method })} options={(["hybrid", "vector", "lexical"] as const).map((method) => ({ value: method, label: t(`method.${method}`) }))} />
        <p className={styles.note}>{t(`methodNote.${value.method}`)}</p>
      </div>
      {value.method === "hybrid" && <WeightField value={value} onChange={set} reading={reading} disabled={disabled} />}
      <div className={styles.pair}>
        <Field label={t("topK")} hint={t("topKNote")}>
          <NumberInput value={value.top_k} min={1} max={100} onChange={(top_k) => top_k !== null && set({ top_k })} />
        </Field>
        <Field label={t("threshold")} hint={t("thresholdNote")}>
          <NumberInput optional whole={false} value={value.threshold} min={0} max={1} placeholder={t("none")} onChange={(threshold) => set({ threshold })} />
        </Field>
      </div>
      <RerankFields value={value.rerank} models={models} onChange={(rerank) => set({ rerank })} />
      <Field label={t("filter.title")} hint={fields.length === 0 ? t("filter.noFields") : undefined}>
        <FilterEditor fields={fields} value={value.filter} disabled={disabled} onChange={(filter) => set({ filter })} />
      </Field>
      <details className={styles.more}>
        <summary>{t("more")}</summary>
        <div className={styles.inner}>
          <Toggle label={t("expand.parent")} note={t("expand.parentNote")} checked={value.expand.parent} onChange={(parent) => set({ expand: { ...value.expand, parent } })} />
          <div className={styles.pair}>
            <Field label={t("expand.neighbours")} hint={t("expand.neighboursNote")}>
              <NumberInput value={value.expand.neighbours} min={0} max={3} onChange={(neighbours) => neighbours !== null && set({ expand: { ...value.expand, neighbours } })} />
            </Field>
            <Field label={t("perDocument")} hint={t("perDocumentNote")}>
              <NumberInput optional value={value.per_document} min={1} max={100} placeholder={t("none")} onChange={(per_document) => set({ per_document })} />
            </Field>
          </div>
          <Field label={t("maxTokens")} hint={t("maxTokensNote")}>
            <NumberInput optional value={value.max_tokens} min={50} max={1_000_000} placeholder={t("none")} onChange={(max_tokens) => set({ max_tokens })} />
          </Field>
          <Field label={t("diversity.label")} hint={t("diversity.note")}>
            <Slider label={t("diversity.label")} value={value.diversity} text={value.diversity.toFixed(2)} from={t("diversity.from")} to={t("diversity.to")} onChange={(diversity) => set({ diversity })} />
          </Field>
          <QuestionFields value={value.questions} models={models} onChange={(questions) => set({ questions })} />
          <Toggle label={t("cache")} note={t("cacheNote")} checked={value.cache} onChange={(cache) => set({ cache })} />
        </div>
      </details>
    </fieldset>
  );
}
