/** What one run may use up before it is stopped. */
import { useTranslation } from "react-i18next";
import { setLimits, type Limits } from "@/graph";
import { NumberRow } from "../panel/PolicyTab";
import tabs from "../panel/Tabs.module.css";
import { useEditor, useEditorState } from "../store/context";
import { selectDoc, selectReadOnly } from "../store/selectors";
import styles from "./App.module.css";

const NAMES = [
  { name: "wall_s", max: 31_536_000, step: 1 },
  { name: "tokens", max: 1_000_000_000, step: 1000 },
  { name: "cost", max: 1_000_000, step: 0.01 },
  { name: "steps", max: 1_000_000, step: 1 },
] as const satisfies readonly { name: keyof Limits; max: number; step: number }[];

export function LimitsTab() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const readOnly = useEditorState(selectReadOnly);
  const limits = useEditorState(selectDoc).limits ?? {};
  return (
    <div className={tabs.stack}>
      <p className={styles.quiet}>{t("app.limitsHint")}</p>
      {NAMES.map(({ name, max, step }) => (
        <NumberRow key={name} label={t(`app.limit.${name}`)} hint={t(`app.limit.${name}Hint`)} value={limits[name] ?? null} min={step < 1 ? step : 1} max={max} step={step} disabled={readOnly} onChange={(value) => editor.dispatch(setLimits, { limits: { ...limits, [name]: value } })} />
      ))}
    </div>
  );
}
