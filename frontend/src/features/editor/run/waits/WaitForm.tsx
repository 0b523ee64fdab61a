/** A form that a run waits for, to be answered here as the person it was meant for would. */
import { useMemo, useState } from "react";
import { Button } from "@/kit";
import { Markdown } from "@/kit/chat";
import { InputField } from "../../preview/InputField";
import { firstInputs, missingInputs, type Inputs } from "../../preview/startVariables";
import type { FormAction, WaitingForm } from "./form";
import styles from "./Waits.module.css";

const LOOKS: Readonly<Record<string, "primary" | "secondary" | "ghost">> = { primary: "primary", accent: "primary", ghost: "ghost" };

export function WaitForm({ form, busy, onAnswer }: { form: WaitingForm; busy: boolean; onAnswer: (action: string, inputs: Inputs) => void }) {
  const [given, setGiven] = useState<Inputs>({});
  const [asked, setAsked] = useState(false);
  const inputs = useMemo(() => ({ ...firstInputs(form.fields, {}), ...given }), [form.fields, given]);
  const missing = asked ? missingInputs(form.fields, inputs) : [];
  const answer = ({ id }: FormAction) => {
    setAsked(true);
    if (missingInputs(form.fields, inputs).length === 0) onAnswer(id, inputs);
  };
  return (
    <div className={styles.form}>
      {form.parts.map((part, i) =>
        part.type === "text"
          ? <Markdown key={i} text={part.text} />
          : <InputField key={part.field.name} variable={part.field} value={inputs[part.field.name]} missing={missing.includes(part.field.name)} onChange={(value) => setGiven((now) => ({ ...now, [part.field.name]: value }))} />,
      )}
      <div className={styles.actions}>
        {form.actions.map((action) => <Button key={action.id} size="sm" variant={LOOKS[action.style] ?? "secondary"} disabled={busy} onClick={() => answer(action)}>{action.title}</Button>)}
      </div>
    </div>
  );
}
