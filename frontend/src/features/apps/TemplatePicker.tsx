/** The templates as small pictures of the graph one gets. */
import { RadioGroup } from "radix-ui";
import { useTranslation } from "react-i18next";
import { type TemplateId } from "@/api";
import styles from "./TemplatePicker.module.css";

type Step = "io" | "know" | "model" | "code" | "logic";
const SHAPES: Record<TemplateId, Step[]> = {
  "rag-chat": ["io", "know", "model", "io"],
  "document-processing": ["io", "code", "model", "io"],
  "blank-chat": ["io", "model", "io"],
  "blank-workflow": ["io", "io"],
};
export const TEMPLATE_ICONS: Record<TemplateId, string> = { "rag-chat": "book", "document-processing": "document", "blank-chat": "chat", "blank-workflow": "workflow" };
const TEMPLATES = Object.keys(SHAPES) as TemplateId[];

export function TemplatePicker({ value, onChange }: { value: TemplateId; onChange: (value: TemplateId) => void }) {
  const { t } = useTranslation("apps");
  return (
    <RadioGroup.Root className={styles.grid} value={value} onValueChange={(next) => onChange(next as TemplateId)} aria-label={t("newApp.template")}>
      {TEMPLATES.map((id) => (
        <RadioGroup.Item key={id} value={id} className={styles.choice}>
          <Shape steps={SHAPES[id]} />
          <span className={styles.name}>{t(`template.${id}.name`)}</span>
          <span className={styles.text}>{t(`template.${id}.text`)}</span>
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}

function Shape({ steps }: { steps: Step[] }) {
  return <span className={styles.shape} aria-hidden="true">{steps.map((step, index) => <i key={index} style={{ "--c": `var(--n-${step})` } as React.CSSProperties} />)}</span>;
}
