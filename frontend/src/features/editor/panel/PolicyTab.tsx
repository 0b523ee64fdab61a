/** What happens when a node fails: tries again, gives up after a time, then stops the run or goes another way. */
import { GitBranch, OctagonX, Replace } from "lucide-react";
import { useTranslation } from "react-i18next";
import { changePolicy, type GraphNode, type Policy } from "@/graph";
import { Input } from "@/kit";
import { useEditor, useEditorState } from "../store/context";
import { selectReadOnly } from "../store/selectors";
import { BatchSection } from "./BatchSection";
import { DefaultOutputs } from "./DefaultOutputs";
import styles from "./Tabs.module.css";

const CHOICES = [
  { value: "fail", Icon: OctagonX },
  { value: "branch", Icon: GitBranch },
  { value: "default", Icon: Replace },
] as const;

export function PolicyTab({ node }: { node: GraphNode }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const readOnly = useEditorState(selectReadOnly);
  const policy = node.policy ?? {};
  const retry = policy.retry ?? { max: 0, interval_ms: 1000 };
  const onError = policy.on_error ?? "fail";
  const set = (patch: Policy) => editor.dispatch(changePolicy, { id: node.id, policy: { ...policy, ...patch } });
  return (
    <div className={styles.stack}>
      <NumberRow label={t("policy.retries")} hint={t("policy.retriesHint")} value={retry.max} min={0} max={10} disabled={readOnly} onChange={(max) => set({ retry: { ...retry, max: max ?? 0 } })} />
      {retry.max > 0 && (
        <NumberRow label={t("policy.interval")} hint={t("policy.intervalHint")} value={retry.interval_ms} min={0} max={60000} step={100} disabled={readOnly} onChange={(ms) => set({ retry: { ...retry, interval_ms: ms ?? 0 } })} />
      )}
      <NumberRow label={t("policy.timeout")} hint={t("policy.timeoutHint")} value={policy.timeout_s ?? null} min={1} max={3600} disabled={readOnly} onChange={(seconds) => set({ timeout_s: seconds })} />
      <section className={styles.section}>
        <h5 className={styles.caption}>{t("policy.onError")}</h5>
        <div className={styles.choices} role="radiogroup" aria-label={t("policy.onError")}>
          {CHOICES.map(({ value, Icon }) => (
            <button key={value} type="button" role="radio" aria-checked={onError === value} disabled={readOnly} className={styles.choice} onClick={() => set({ on_error: value })}>
              <Icon size={16} />
              <span className={styles.rowText}><b>{t(`policy.${value}`)}</b><span>{t(`policy.${value}Hint`)}</span></span>
            </button>
          ))}
        </div>
        {onError === "default" && <DefaultOutputs node={node} onChange={(default_outputs) => set({ default_outputs })} />}
      </section>
      <BatchSection node={node} onChange={(batch) => set({ batch })} />
    </div>
  );
}

interface NumberRowProps {
  label: string;
  hint: string;
  value: number | null;
  min: number;
  max: number;
  step?: number;
  disabled: boolean;
  onChange: (value: number | null) => void;
  /** Shown where no value is given. */
  placeholder?: number | undefined;
}

export function NumberRow({ label, hint, value, min, max, step = 1, disabled, onChange, placeholder }: NumberRowProps) {
  const take = (text: string) => {
    const number = Number(text);
    if (text.trim() === "") onChange(null);
    else if (Number.isFinite(number)) onChange(Math.min(Math.max(number, min), max));
  };
  return (
    <label className={styles.row}>
      <span className={styles.rowText}><b>{label}</b><span>{hint}</span></span>
      <Input type="number" size="sm" className={styles.small} min={min} max={max} step={step} value={value ?? ""} placeholder={placeholder === undefined ? "–" : String(placeholder)} disabled={disabled} onChange={(event) => take(event.target.value)} />
    </label>
  );
}
