/** The form of a node's config, and what the node hands on. */
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { configure, renameOutput, typedOutputs, type GraphNode, type JsonObject } from "@/graph";
import { FormProvider } from "../form/context";
import { FieldFaults } from "../form/FieldFaults";
import { PromptReuse } from "../form/prompt/PromptReuse";
import { SchemaForm } from "../form/SchemaForm";
import { useEditor, useEditorState } from "../store/context";
import { selectDoc, selectFaults, selectKinds } from "../store/selectors";
import styles from "./Tabs.module.css";
import { WebhookAddresses } from "./WebhookAddresses";

export function SettingsTab({ node }: { node: GraphNode }) {
  const editor = useEditor();
  const { id } = node;
  const change = useCallback((config: JsonObject, field: string) => editor.dispatch(configure, { id, config, field }), [editor, id]);
  const rename = useCallback(
    (from: string, to: string, config: JsonObject) => editor.dispatch(renameOutput, { id, from, to, config }),
    [editor, id],
  );
  const faults = useEditorState(selectFaults).filter((fault) => fault.node_id === id && fault.field === null);
  return (
    <FormProvider node={node} configure={change} renameOutput={rename}>
      <div className={styles.stack}>
        <FieldFaults faults={faults} />
        <SchemaForm />
        {node.kind === "trigger-webhook" && <WebhookAddresses node={node} />}
        <PromptReuse />
        <Outputs node={node} />
      </div>
    </FormProvider>
  );
}

function Outputs({ node }: { node: GraphNode }) {
  const { t } = useTranslation("editor");
  const kinds = useEditorState(selectKinds);
  const doc = useEditorState(selectDoc);
  const kind = kinds.get(node.kind);
  if ((kind?.outputs_from && !kind.container) || kind?.handles === "none") return null;
  const outputs = typedOutputs(doc, kinds, node);
  if (outputs.length === 0) return null;
  return (
    <section className={styles.section}>
      <h5 className={styles.caption}>{t("panel.outputs")}</h5>
      <ul className={styles.outputs}>
        {outputs.map((output) => (
          <li key={output.name} className={styles.output}>
            <code>{output.name}</code>
            <span>{output.type}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
