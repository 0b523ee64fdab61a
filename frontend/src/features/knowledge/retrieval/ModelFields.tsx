/** The settings of the search that need a model: putting passages in order again, and working on the question. */
import { useTranslation } from "react-i18next";
import { type Model, type Questions, type Rerank } from "@/api";
import { Field } from "@/kit";
import { ModelChoice } from "../parts/ModelChoice";
import { NumberInput } from "../parts/NumberInput";
import { Toggle } from "../parts/Toggle";
import styles from "./RetrievalForm.module.css";

export function RerankFields({ value, models, onChange }: { value: Rerank | null; models: readonly Model[]; onChange: (value: Rerank | null) => void }) {
  const { t } = useTranslation("retrieval");
  const offered = models.filter((model) => model.kind === "rerank");
  const first = offered[0];
  const canTurnOn = first !== undefined;
  return (
    <div className={styles.inner} style={{ paddingTop: 0 }}>
      <Toggle label={t("rerank.label")} note={canTurnOn || value ? t("rerank.note") : `${t("rerank.note")} ${t("rerank.noModel")}`} disabled={!canTurnOn && value === null} checked={value !== null} onChange={(on) => onChange(on && first ? { provider: first.provider, model: first.name, candidates: 30 } : null)} />
      {value && (
        <div className={styles.pair}>
          <Field label={t("rerank.model")}>
            <ModelChoice models={offered} value={value} onChange={(model) => onChange({ ...value, ...model })} />
          </Field>
          <Field label={t("rerank.candidates")} hint={t("rerank.candidatesNote")}>
            <NumberInput value={value.candidates} min={1} max={100} onChange={(candidates) => candidates !== null && onChange({ ...value, candidates })} />
          </Field>
        </div>
      )}
    </div>
  );
}

export function QuestionFields({ value, models, onChange }: { value: Questions; models: readonly Model[]; onChange: (value: Questions) => void }) {
  const { t } = useTranslation("retrieval");
  const offered = models.filter((model) => model.kind === "chat" && model.note_code !== "quotes_only");
  const first = offered[0];
  const isOn = value.rewrite || value.variants > 0 || value.hyde || value.filter;
  if (!first && !isOn) return <Toggle label={t("questions.label")} note={t("questions.noModel")} checked={false} disabled onChange={() => undefined} />;
  const set = (change: Partial<Questions>) => onChange({ ...value, ...(value.model === "" && first ? { provider: first.provider, model: first.name } : {}), ...change });
  return (
    <div className={styles.inner} style={{ paddingTop: 0 }}>
      <span className={styles.label}>{t("questions.label")}</span>
      <Toggle label={t("questions.rewrite")} note={t("questions.rewriteNote")} checked={value.rewrite} onChange={(rewrite) => set({ rewrite })} />
      <Toggle label={t("questions.hyde")} note={t("questions.hydeNote")} checked={value.hyde} onChange={(hyde) => set({ hyde })} />
      <Toggle label={t("questions.filter")} note={t("questions.filterNote")} checked={value.filter} onChange={(filter) => set({ filter })} />
      <div className={styles.pair}>
        <Field label={t("questions.variants")} hint={t("questions.variantsNote")}>
          <NumberInput value={value.variants} min={0} max={4} onChange={(variants) => variants !== null && set({ variants })} />
        </Field>
        {isOn && (
          <Field label={t("questions.model")}>
            <ModelChoice models={offered} value={value} onChange={(model) => onChange({ ...value, ...model })} />
          </Field>
        )}
      </div>
    </div>
  );
}
