/** What a failed node says instead, output by output. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { outputsOf, type GraphNode, type Json, type JsonObject } from "@/graph";
import { Field, Textarea } from "@/kit";
import { useEditorState } from "../store/context";
import { selectKinds, selectReadOnly } from "../store/selectors";

export function DefaultOutputs({ node, onChange }: { node: GraphNode; onChange: (outputs: JsonObject) => void }) {
  const kind = useEditorState(selectKinds).get(node.kind);
  const values = node.policy?.default_outputs ?? {};
  return outputsOf(node, kind).map((output) => (
    <ValueField key={output.name} name={output.name} type={output.type} value={values[output.name]} onChange={(value) => onChange(withValue(values, output.name, value))} />
  ));
}

function ValueField({ name, type, value, onChange }: { name: string; type: string; value: Json | undefined; onChange: (value: Json | undefined) => void }) {
  const { t } = useTranslation("editor");
  const readOnly = useEditorState(selectReadOnly);
  const isText = type === "string";
  const written = value === undefined ? "" : isText && typeof value === "string" ? value : JSON.stringify(value);
  const [draft, setDraft] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  const take = (text: string) => {
    setDraft(text);
    if (text.trim() === "") return onChange(undefined);
    if (isText) return onChange(text);
    try {
      onChange(JSON.parse(text) as Json);
      setWrong(false);
    } catch {
      setWrong(true);
    }
  };
  return (
    <Field label={<code>{name}</code>} aside={type} error={wrong ? t("form.notJson") : undefined}>
      <Textarea rows={1} mono={!isText} disabled={readOnly} value={draft ?? written} onChange={(event) => take(event.target.value)} onBlur={() => !wrong && setDraft(null)} />
    </Field>
  );
}

function withValue(values: JsonObject, name: string, value: Json | undefined): JsonObject {
  const { [name]: _, ...rest } = values;
  return value === undefined ? rest : { ...rest, [name]: value };
}
