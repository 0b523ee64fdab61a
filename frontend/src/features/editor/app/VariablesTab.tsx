/** Variables of the app: those that a conversation keeps and nodes write, and those that its surroundings set. */
import { useTranslation } from "react-i18next";
import { declareVariables, type DeclaredVariable, type VariableHome } from "@/graph";
import { freshName } from "../form/NameInput";
import { useEditor, useEditorState } from "../store/context";
import { selectDoc, selectMode, selectReadOnly } from "../store/selectors";
import tabs from "../panel/Tabs.module.css";
import { Button } from "@/kit";
import { Plus } from "lucide-react";
import styles from "./App.module.css";
import { VariableRow } from "./VariableRow";

export function VariablesTab() {
  const chat = useEditorState(selectMode) === "chat";
  return (
    <div className={tabs.stack}>
      {chat && <Home home="conversation" />}
      <Home home="environment" />
    </div>
  );
}

function Home({ home }: { home: VariableHome }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const readOnly = useEditorState(selectReadOnly);
  const list = useEditorState(selectDoc).variables[home];
  const put = (next: readonly DeclaredVariable[], renamed?: { from: string; to: string }) => editor.dispatch(declareVariables, { home, list: next, ...(renamed ? { renamed } : {}) });
  const change = (i: number, next: DeclaredVariable) => {
    const before = list[i];
    const renamed = before && before.name !== next.name ? { from: before.name, to: next.name } : undefined;
    put(list.map((row, j) => (j === i ? next : row)), renamed);
  };
  const add = () => put([...list, { name: freshName(list.map((row) => row.name), home === "environment" ? "KEY" : "value"), type: "string", value: "", description: "" }]);
  return (
    <section className={styles.home} aria-label={t(`app.${home}`)}>
      <header className={styles.homeHead}>
        <div>
          <h4 className={styles.homeTitle}>{t(`app.${home}`)}</h4>
          <p className={styles.quiet}>{t(`app.${home}Hint`)}</p>
        </div>
        {!readOnly && <Button size="sm" variant="ghost" icon={<Plus />} onClick={add}>{t("form.add")}</Button>}
      </header>
      {list.length === 0 && <p className={styles.none}>{t("app.noVariables")}</p>}
      {list.map((variable, i) => (
        <VariableRow
          key={i}
          variable={variable}
          secrets={home === "environment"}
          readOnly={readOnly}
          taken={list.filter((_, j) => j !== i).map((row) => row.name)}
          onChange={(next) => change(i, next)}
          onRemove={() => put(list.filter((_, j) => j !== i))}
        />
      ))}
    </section>
  );
}
