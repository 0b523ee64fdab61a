/** What an agent may use: each tool can be switched off, told what it is for, and given values it cannot change. */
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isObject, type Json, type JsonObject, type Schema } from "@/graph";
import { Button, cx, Field, Menu, Switch, Textarea } from "@/kit";
import { useForm } from "../context";
import { FieldFaults } from "../FieldFaults";
import { removeAt, replaceAt } from "../paths";
import { RowTools } from "../Rows";
import type { WidgetProps } from "../widget";
import { AppWidget } from "./AppWidget";
import { ArgumentsWidget } from "./ArgumentsWidget";
import { DatasetsWidget } from "./DatasetsWidget";
import styles from "./Items.module.css";
import { OWN_PROVIDER, parametersOf, toolIcon, useOwnTools, type OfferedTool } from "./ownTools";

const NOTHING: Schema = {};

export function ToolsWidget({ value, onChange, field, label }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  const tools = useOwnTools();
  const [open, setOpen] = useState<number | null>(null);
  const rows: JsonObject[] = Array.isArray(value) ? value.filter(isObject) : [];
  const add = ({ provider, tool }: OfferedTool) => {
    onChange([...rows, { provider, tool, description: "", arguments: [], enabled: true }]);
    setOpen(rows.length);
  };
  const entries = tools.map((tool) => ({ label: tool.label, icon: <tool.Icon />, onSelect: () => add(tool) }));
  return (
    <div className={styles.items}>
      {rows.map((row, i) => (
        <div key={i} className={cx(styles.item, open === i && styles.isOpen)} data-field={`${field}.${i}`}>
          <ToolHead row={row} open={open === i} onToggle={() => setOpen(open === i ? null : i)} onChange={(next) => onChange(replaceAt(rows, i, next))} onRemove={() => { onChange(removeAt(rows, i)); setOpen(null); }} />
          {open === i && <ToolFields row={row} field={`${field}.${i}`} root={NOTHING} onChange={(next) => onChange(replaceAt(rows, i, next))} />}
        </div>
      ))}
      {!readOnly && <Menu trigger={<Button variant="ghost" size="sm" icon={<Plus />} style={{ justifySelf: "start" }} aria-label={`${label}: ${t("tools.add")}`}>{t("tools.add")}</Button>} entries={entries} />}
    </div>
  );
}

interface RowProps {
  row: JsonObject;
  onChange: (row: JsonObject) => void;
}

function ToolHead({ row, open, onToggle, onChange, onRemove }: RowProps & { open: boolean; onToggle: () => void; onRemove: () => void }) {
  const { t } = useTranslation(["editor", "nodes"]);
  const { readOnly } = useForm();
  const tool = String(row.tool ?? "");
  const Icon = toolIcon(row.provider, tool);
  const name = t(`nodes:tools.${tool}`, { defaultValue: tool });
  return (
    <div className={styles.row}>
      <span className={styles.toolIcon}><Icon size={14} /></span>
      <button type="button" className={styles.open} aria-expanded={open} onClick={onToggle}>
        <span className={cx(styles.name, styles.tool)} title={name}>{name}</span>
        {row.provider !== OWN_PROVIDER && <span className={styles.label} title={String(row.provider ?? "")}>{String(row.provider ?? "").split("/").at(-1)}</span>}
      </button>
      <Switch label={t("tools.enabled", { name })} checked={row.enabled !== false} disabled={readOnly} onChange={(enabled) => onChange({ ...row, enabled })} />
      <RowTools onRemove={onRemove} />
    </div>
  );
}

/** What of a tool is fixed here; the model fills in the rest. */
function ToolFields({ row, field, root, onChange }: RowProps & { field: string; root: Schema }) {
  const { t } = useTranslation("editor");
  const { faults, readOnly } = useForm();
  const spec = useOwnTools().find(({ provider, tool }) => provider === row.provider && tool === row.tool);
  const own = row.provider === OWN_PROVIDER ? String(row.tool) : "";
  const special = own === "search_knowledge" ? "dataset_ids" : own === "run_workflow" ? "app" : null;
  const all = Array.isArray(row.arguments) ? row.arguments.filter(isObject) : [];
  const fixed = all.find((argument) => argument.name === special)?.value;
  const rest = all.filter((argument) => argument.name !== special);
  const put = (value: Json) => onChange({ ...row, arguments: [...rest, { name: special ?? "", mode: "constant", value }] });
  const inner = { schema: NOTHING, root, field: `${field}.arguments` };
  return (
    <div className={styles.fields}>
      <Field label={t("tools.description")} hint={t("tools.descriptionHint")}>
        <Textarea rows={2} placeholder={spec?.description} disabled={readOnly} value={String(row.description ?? "")} onChange={(event) => onChange({ ...row, description: event.target.value })} />
      </Field>
      {special === "dataset_ids" && <Field label={t("tools.datasets")}><DatasetsWidget {...inner} value={fixed} label={t("tools.datasets")} onChange={put} /></Field>}
      {special === "app" && <Field label={t("tools.app")}><AppWidget {...inner} value={fixed} label={t("tools.app")} onChange={put} /></Field>}
      <Field label={t("tools.fixed")} hint={t("tools.fixedHint")}>
        <ArgumentsWidget {...inner} names={parametersOf(spec)} value={rest} label={t("tools.fixed")} onChange={(next) => onChange({ ...row, arguments: [...all.filter((argument) => argument.name === special), ...(Array.isArray(next) ? next : [])] })} />
      </Field>
      <FieldFaults quiet faults={faults.filter((fault) => fault.field?.startsWith(field))} />
    </div>
  );
}
