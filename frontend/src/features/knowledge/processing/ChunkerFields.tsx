/** The options of each way of cutting. */
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Chunker, type Cut, type Model, type PairsChunker, type ParentChildChunker } from "@/api";
import { Field, Input, Segmented } from "@/kit";
import { ModelChoice } from "../parts/ModelChoice";
import { NumberInput } from "../parts/NumberInput";
import { Toggle } from "../parts/Toggle";
import { escaped, unescaped } from "./separators";
import styles from "./ProcessingForm.module.css";

export function ChunkerFields({ value, onChange, models }: { value: Chunker; onChange: (value: Chunker) => void; models: readonly Model[] }) {
  const { t } = useTranslation("retrieval");
  switch (value.mode) {
    case "structure":
      return <Size label={t("chunker.size")} hint={t("chunker.sizeNote")} value={value.size} min={100} max={40_000} onChange={(size) => onChange({ ...value, size })} />;
    case "fixed":
      return (
        <div className={styles.pair}>
          <Size label={t("chunker.size")} hint={t("chunker.sizeNote")} value={value.size} min={100} max={40_000} onChange={(size) => onChange({ ...value, size })} />
          <Size label={t("chunker.overlap")} hint={t("chunker.overlapNote")} value={value.overlap} min={0} max={Math.min(20_000, value.size - 1)} onChange={(overlap) => onChange({ ...value, overlap })} />
        </div>
      );
    case "separator":
      return <CutFields value={value} onChange={(cut) => onChange({ ...value, ...cut })} />;
    case "parent_child":
      return <ParentChild value={value} onChange={onChange} />;
    case "qa":
      return <Pairs value={value} models={models} onChange={onChange} />;
    case "full":
      return null;
  }
}

function ParentChild({ value, onChange }: { value: ParentChildChunker; onChange: (value: ParentChildChunker) => void }) {
  const { t } = useTranslation("retrieval");
  return (
    <>
      <Field label={t("chunker.parent")} hint={t(`chunker.parentNote.${value.parent}`)}>
        <Segmented<ParentChildChunker["parent"]> size="sm" label={t("chunker.parent")} value={value.parent} onChange={(parent) => onChange({ ...value, parent })} options={(["section", "paragraph", "full"] as const).map((one) => ({ value: one, label: t(`chunker.parents.${one}`) }))} />
      </Field>
      {value.parent === "paragraph" && <CutFields value={value.paragraph} onChange={(paragraph) => onChange({ ...value, paragraph })} />}
      <div className={styles.pair}>
        {value.parent === "section" && <Size label={t("chunker.parentSize")} hint={t("chunker.sizeNote")} value={value.parent_size} min={200} max={40_000} onChange={(parent_size) => onChange({ ...value, parent_size })} />}
        {value.child === null && <Size label={t("chunker.childSize")} hint={t("chunker.sizeNote")} value={value.child_size} min={50} max={8000} onChange={(child_size) => onChange({ ...value, child_size })} />}
      </div>
      <Toggle label={t("chunker.childCut")} note={t("chunker.childCutNote")} checked={value.child !== null} onChange={(on) => onChange({ ...value, child: on ? { separator: "\n", max_tokens: 200, overlap_tokens: 0 } : null })} />
      {value.child && <CutFields value={value.child} onChange={(child) => onChange({ ...value, child })} />}
    </>
  );
}

function Pairs({ value, onChange, models }: { value: PairsChunker; onChange: (value: PairsChunker) => void; models: readonly Model[] }) {
  const { t } = useTranslation("retrieval");
  const first = models[0];
  return (
    <>
      <div className={styles.pair}>
        <Field label={t("chunker.question")} hint={t("chunker.columnNote")}>
          <Input value={value.question_column} maxLength={200} placeholder={t("chunker.recognised")} onChange={(event) => onChange({ ...value, question_column: event.target.value })} />
        </Field>
        <Field label={t("chunker.answer")}>
          <Input value={value.answer_column} maxLength={200} placeholder={t("chunker.recognised")} onChange={(event) => onChange({ ...value, answer_column: event.target.value })} />
        </Field>
      </div>
      <Toggle label={t("chunker.pairsModel")} note={t(first || value.model ? "chunker.pairsModelNote" : "questions.noModel")} disabled={!first && !value.model} checked={value.model !== null} onChange={(on) => onChange({ ...value, model: on && first ? { provider: first.provider, model: first.name } : null })} />
      {value.model && (
        <Field label={t("questions.model")}>
          <ModelChoice models={models} value={value.model} onChange={(model) => onChange({ ...value, model })} />
        </Field>
      )}
    </>
  );
}

function CutFields({ value, onChange }: { value: Cut; onChange: (value: Cut) => void }) {
  const { t } = useTranslation("retrieval");
  return (
    <div className={styles.pair}>
      <Field label={t("chunker.separator")} hint={t("chunker.separatorNote")}>
        <SeparatorInput value={value.separator} onChange={(separator) => onChange({ ...value, separator })} />
      </Field>
      <Size label={t("chunker.maxTokens")} value={value.max_tokens} min={20} max={10_000} onChange={(max_tokens) => onChange({ ...value, max_tokens })} />
      <Size label={t("chunker.overlapTokens")} value={value.overlap_tokens} min={0} max={Math.min(5000, value.max_tokens - 1)} onChange={(overlap_tokens) => onChange({ ...value, overlap_tokens })} />
    </div>
  );
}

/** What is typed stays as it is: "\\" may be on its way to "\\n". */
function SeparatorInput({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(escaped(value));
  useEffect(() => setText((now) => (unescaped(now) === value ? now : escaped(value))), [value]);
  return (
    <Input
      mono
      value={text}
      maxLength={100}
      onBlur={() => setText(escaped(value))}
      onChange={(event) => {
        setText(event.target.value);
        if (event.target.value !== "") onChange(unescaped(event.target.value));
      }}
    />
  );
}

function Size({ label, hint, value, min, max, onChange }: { label: string; hint?: string; value: number; min: number; max: number; onChange: (value: number) => void }) {
  return (
    <Field label={label} hint={hint}>
      <NumberInput value={value} min={min} max={max} onChange={(next) => next !== null && onChange(next)} />
    </Field>
  );
}
