/** What a chat asks for before the first question, when its start node wants more than the question. */
import { ChevronRight } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEditorState } from "../../store/context";
import { selectDoc, selectKinds } from "../../store/selectors";
import { InputField } from "../InputField";
import { recallInputs, rememberInputs } from "../lastInputs";
import { firstInputs, missingInputs, startVariables, type Inputs, type StartVariable } from "../startVariables";
import styles from "./ChatPanel.module.css";

export interface ChatForm {
  variables: readonly StartVariable[];
  inputs: Inputs;
  missing: readonly string[];
  set: (name: string, value: unknown) => void;
  /** Remembers what was given; false when something needed is not. */
  ready: () => boolean;
}

export function useChatInputs(appId: string): ChatForm {
  const doc = useEditorState(selectDoc);
  const kinds = useEditorState(selectKinds);
  const variables = useMemo(() => startVariables(doc, kinds), [doc, kinds]);
  const [given, setGiven] = useState<Inputs>(() => recallInputs(appId));
  const [asked, setAsked] = useState(false);
  const inputs = useMemo(() => firstInputs(variables, given), [variables, given]);
  return {
    variables,
    inputs,
    missing: asked ? missingInputs(variables, inputs) : [],
    set: (name, value) => setGiven((now) => ({ ...now, [name]: value })),
    ready: () => {
      setAsked(true);
      if (missingInputs(variables, inputs).length > 0) return false;
      rememberInputs(appId, inputs);
      return true;
    },
  };
}

export function ChatInputs({ form, folded }: { form: ChatForm; folded: boolean }) {
  const { t } = useTranslation("editor");
  const [choice, setChoice] = useState<boolean | null>(null);
  const open = form.missing.length > 0 || (choice ?? !folded);
  if (form.variables.length === 0) return null;
  return (
    <section className={styles.inputs}>
      <button type="button" className={styles.fold} aria-expanded={open} onClick={() => setChoice(!open)}>
        <ChevronRight size={14} className={styles.chevron} />
        {t("chat.inputs")}
      </button>
      {open && form.variables.map((variable) => (
        <InputField key={variable.name} variable={variable} value={form.inputs[variable.name]} missing={form.missing.includes(variable.name)} onChange={(value) => form.set(variable.name, value)} />
      ))}
    </section>
  );
}
