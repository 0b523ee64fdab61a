/** How much each leg of a hybrid search counts, and the evidence for what is chosen when nobody chooses. */
import { useTranslation } from "react-i18next";
import { type Reading, type Retrieval } from "@/api";
import { Segmented, useFormat } from "@/kit";
import { ReadingEvidence } from "../parts/ReadingEvidence";
import { Slider } from "../parts/Slider";
import styles from "./RetrievalForm.module.css";

type Choice = "auto" | "own" | "rrf";

export function WeightField({ value, onChange, reading, disabled }: { value: Retrieval; onChange: (change: Partial<Retrieval>) => void; reading: Reading | null; disabled: boolean }) {
  const { t } = useTranslation("retrieval");
  const format = useFormat();
  const choice: Choice = value.fusion === "rrf" ? "rrf" : value.vector_weight === null ? "auto" : "own";
  const choose = (next: Choice) =>
    onChange(next === "rrf" ? { fusion: "rrf" } : { fusion: "weighted", vector_weight: next === "auto" ? null : (value.vector_weight ?? 0.5) });
  const weight = value.vector_weight ?? 0.5;
  return (
    <div className={styles.block} style={{ justifyItems: "stretch" }}>
      <span className={styles.label}>{t("weights.label")}</span>
      <div>
        <Segmented<Choice> size="sm" label={t("weights.label")} value={choice} disabled={disabled} onChange={choose} options={(["auto", "own", "rrf"] as const).map((one) => ({ value: one, label: t(`weights.${one}`) }))} />
      </div>
      {choice === "own" && (
        <Slider label={t("weights.vector")} value={weight} text={`${format.percent(1 - weight)} / ${format.percent(weight)}`} from={t("weights.words")} to={t("weights.meaning")} disabled={disabled} onChange={(vector_weight) => onChange({ vector_weight })} />
      )}
      {choice === "rrf" && <p className={styles.note}>{t("weights.rrfNote")}</p>}
      {choice === "auto" && <ReadingEvidence reading={reading} />}
    </div>
  );
}
