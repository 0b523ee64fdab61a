/** Several values from upstream, in order of preference. */
import { useTranslation } from "react-i18next";
import { moveItem, removeAt, replaceAt } from "../paths";
import { AddButton, RowTools } from "../Rows";
import type { WidgetProps } from "../widget";
import { SelectorField } from "./SelectorWidget";
import styles from "./Widgets.module.css";

export function SelectorsWidget({ value, onChange, label }: WidgetProps) {
  const { t } = useTranslation("editor");
  const list = Array.isArray(value) ? value.map((entry) => (Array.isArray(entry) ? entry.map(String) : [])) : [];
  return (
    <div className={styles.rows}>
      {list.map((selector, i) => (
        <div key={i} className={styles.row}>
          <span className={styles.rank}>{i + 1}</span>
          <SelectorField value={selector} label={`${label} ${i + 1}`} onChange={(next) => onChange(replaceAt(list, i, next))} />
          <RowTools
            onUp={i > 0 ? () => onChange(moveItem(list, i, i - 1)) : undefined}
            onRemove={() => onChange(removeAt(list, i))}
          />
        </div>
      ))}
      <AddButton onAdd={() => onChange([...list, []])}>{t("form.addValue")}</AddButton>
    </div>
  );
}
