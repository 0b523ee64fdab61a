/** How documents are cleaned and cut. Changes nothing by itself: it shows a value and tells of changes. */
import { useTranslation } from "react-i18next";
import { CHUNKERS, type Chunker, type ChunkMode, type Cleaning, type Model, type Processing } from "@/api";
import { Checkbox, Field, Select } from "@/kit";
import { ModelChoice } from "../parts/ModelChoice";
import { Toggle } from "../parts/Toggle";
import { ChunkerFields } from "./ChunkerFields";
import styles from "./ProcessingForm.module.css";

export interface ProcessingFormProps {
  value: Processing;
  onChange: (value: Processing) => void;
  models: readonly Model[];
  disabled?: boolean;
}

const MODES: readonly ChunkMode[] = ["structure", "parent_child", "qa", "fixed", "separator", "full"];
/** `remove_stop_words` is left to the API: it is for clients that send it, and does nothing. */
const RULES = ["collapse_spaces", "drop_repeated_lines", "normalise", "remove_urls"] as const satisfies readonly (keyof Cleaning)[];

export function ProcessingForm({ value, onChange, models, disabled = false }: ProcessingFormProps) {
  const { t } = useTranslation("retrieval");
  const { chunker, cleaning } = value;
  const chat = models.filter((model) => model.kind === "chat" && model.note_code !== "quotes_only");
  const first = chat[0];
  const setChunker = (next: Chunker) => onChange({ ...value, chunker: next });
  return (
    <fieldset className={styles.form} disabled={disabled}>
      <Field label={t("chunker.mode")} hint={t(`chunker.note.${chunker.mode}`)}>
        <Select<ChunkMode> value={chunker.mode} disabled={disabled} onChange={(mode) => setChunker(CHUNKERS[mode])} options={MODES.map((mode) => ({ value: mode, label: t(`chunker.modes.${mode}`) }))} />
      </Field>
      <ChunkerFields value={chunker} models={chat} onChange={setChunker} />
      <div className={styles.group} role="group" aria-label={t("cleaning.label")}>
        <span className={styles.label}>{t("cleaning.label")}</span>
        {RULES.map((rule) => (
          <Checkbox key={rule} checked={cleaning[rule]} disabled={disabled} label={t(`cleaning.${rule}`)} hint={t(`cleaning.${rule}Note`)} onChange={(on) => onChange({ ...value, cleaning: { ...cleaning, [rule]: on } })} />
        ))}
      </div>
      {(first || value.metadata_model) && (
        <div className={styles.group}>
          <Toggle label={t("extract.label")} note={t("extract.note")} checked={value.metadata_model !== null} onChange={(on) => onChange({ ...value, metadata_model: on && first ? { provider: first.provider, model: first.name } : null })} />
          {value.metadata_model && (
            <Field label={t("extract.model")}>
              <ModelChoice models={chat} value={value.metadata_model} onChange={(metadata_model) => onChange({ ...value, metadata_model })} />
            </Field>
          )}
        </div>
      )}
    </fieldset>
  );
}
