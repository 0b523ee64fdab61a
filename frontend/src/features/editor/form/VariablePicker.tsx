/** Choice of a value that exists when the node runs: grouped by where it comes from, found by typing. */
import { Command } from "cmdk";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { filterScope, findVariable, type ScopeGroup, type Selector } from "@/graph";
import { KindIcon } from "../canvas/KindIcon";
import { metaOf } from "../nodes";
import { useEditorState } from "../store/context";
import { selectKinds } from "../store/selectors";
import styles from "./VariablePicker.module.css";

export function VariablePicker({ groups, onPick }: { groups: readonly ScopeGroup[]; onPick: (selector: Selector) => void }) {
  const { t } = useTranslation("editor");
  const [query, setQuery] = useState("");
  const deeper = deeperPath(groups, query);
  const shown = filterScope(groups, query);
  return (
    <Command shouldFilter={false} loop label={t("variables.title")} className={styles.picker}>
      <Command.Input autoFocus value={query} onValueChange={setQuery} className={styles.search} placeholder={t("variables.search")} />
      <Command.List className={styles.list}>
        {shown.length === 0 && !deeper && <p className={styles.empty}>{t("variables.nothing")}</p>}
        {deeper && (
          <Command.Item value="deeper" className={styles.item} onSelect={() => onPick(deeper)}>
            <code className={styles.name}>{deeper.join(".")}</code>
            <span className={styles.type}>{t("variables.usePath")}</span>
          </Command.Item>
        )}
        {shown.map((group) => <Group key={group.id} group={group} onPick={onPick} />)}
      </Command.List>
    </Command>
  );
}

function Group({ group, onPick }: { group: ScopeGroup; onPick: (selector: Selector) => void }) {
  return (
    <Command.Group heading={<GroupTitle group={group} />} className={styles.group}>
      {group.variables.map((variable) => (
        <Command.Item key={variable.name} value={variable.selector.join(".")} className={styles.item} onSelect={() => onPick(variable.selector)}>
          <code className={styles.name}>{variable.name}</code>
          <span className={styles.type}>{variable.type}</span>
        </Command.Item>
      ))}
    </Command.Group>
  );
}

function GroupTitle({ group }: { group: ScopeGroup }) {
  const { t } = useTranslation("editor");
  const kinds = useEditorState(selectKinds);
  if (group.kind === null) return <span className={styles.title}>{t(`variables.${group.id}`)}</span>;
  return (
    <span className={styles.title}>
      <KindIcon icon={metaOf(group.kind).icon} family={kinds.get(group.kind)?.family ?? "tool"} size={16} />
      {group.title}
    </span>
  );
}

/** "llm.structured_output.name": a path into a value that is known, typed by hand. */
function deeperPath(groups: readonly ScopeGroup[], query: string): Selector | null {
  const path = query.trim().split(".");
  if (path.length < 3 || path.some((part) => part === "")) return null;
  return findVariable(groups, path) ? path : null;
}
