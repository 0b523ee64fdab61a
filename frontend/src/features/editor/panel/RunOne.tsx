/** Runs this one node on what the last run knew, with values replaced where one likes. */
import { useQuery } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { nodeInputsQuery } from "@/api";
import { isNote, isRoot, type GraphNode, type Json } from "@/graph";
import { Button, ErrorCard, Field, Textarea } from "@/kit";
import { useNameOf } from "../canvas/useFactView";
import { useRunsOfEditor } from "../run/runsContext";
import { useEditorState } from "../store/context";
import { selectIsRunning, selectKinds, selectReadOnly } from "../store/selectors";
import styles from "./Tabs.module.css";

export function RunOne({ node }: { node: GraphNode }) {
  return useRunsAlone(node) ? <Form node={node} /> : null;
}

/** May this node be run without the others? */
export function useRunsAlone(node: GraphNode): boolean {
  const runs = useRunsOfEditor();
  const readOnly = useEditorState(selectReadOnly);
  const kind = useEditorState(selectKinds).get(node.kind);
  const alone = node.parent === null && kind !== undefined && !isRoot(kind) && !isNote(kind) && kind.handles !== "none";
  return runs !== null && !readOnly && alone;
}

function Form({ node }: { node: GraphNode }) {
  const { t } = useTranslation("editor");
  const { appId = "" } = useParams();
  const runs = useRunsOfEditor();
  const running = useEditorState(selectIsRunning);
  const [open, setOpen] = useState(false);
  const [given, setGiven] = useState<Record<string, string>>({});
  const [error, setError] = useState<unknown>(null);
  const inputs = useQuery({ ...nodeInputsQuery(appId, node.id), enabled: open });
  const nameOf = useNameOf();
  const items = inputs.data?.items ?? [];
  const start = () => {
    setError(null);
    const replaced = Object.entries(given).map(([selector, text]): [string, Json] => [selector, parse(text)]);
    runs?.startNode(node.id, Object.fromEntries(replaced)).catch(setError);
  };
  if (!open) return <Button size="sm" variant="ghost" icon={<Play />} style={{ justifySelf: "start" }} onClick={() => setOpen(true)}>{t("runOne.open")}</Button>;
  return (
    <section className={styles.section}>
      <h5 className={styles.caption}>{t("runOne.title")}</h5>
      <div className={styles.one}>
        {items.map(({ selector, value, known }) => (
          <Field key={selector} label={nameOf(selector.split("."))} hint={known ? undefined : t("runOne.unknown")}>
            <Textarea rows={1} value={given[selector] ?? written(value, known)} onChange={(event) => setGiven((now) => ({ ...now, [selector]: event.target.value }))} />
          </Field>
        ))}
        {inputs.isSuccess && items.length === 0 && <p className={styles.round}>{t("runOne.nothing")}</p>}
        {inputs.isError && <ErrorCard compact error={inputs.error} onRetry={() => void inputs.refetch()} />}
        <Button size="sm" icon={<Play />} loading={runs?.starting ?? false} disabled={running || !inputs.isSuccess} onClick={start}>{t("runOne.run")}</Button>
        {error ? <ErrorCard compact error={error} /> : null}
      </div>
    </section>
  );
}

function written(value: unknown, known: boolean): string {
  if (!known || value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** JSON where it is JSON, else the text as it stands. */
function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
