/** A list of plain texts, one a line. */
import { useTranslation } from "react-i18next";
import { Input } from "@/kit";
import { useForm } from "../context";
import { removeAt, replaceAt } from "../paths";
import { AddButton, RowTools } from "../Rows";
import type { WidgetProps } from "../widget";
import styles from "./Widgets.module.css";

export function ListWidget({ value, onChange, label }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  const list = Array.isArray(value) ? value.map(String) : [];
  return (
    <div className={styles.rows}>
      {list.map((text, i) => (
        <div key={i} className={styles.row}>
          <Input size="sm" disabled={readOnly} value={text} aria-label={`${label} ${i + 1}`} onChange={(event) => onChange(replaceAt(list, i, event.target.value))} />
          <RowTools onRemove={() => onChange(removeAt(list, i))} />
        </div>
      ))}
      <AddButton onAdd={() => onChange([...list, ""])}>{t("form.add")}</AddButton>
    </div>
  );
}
