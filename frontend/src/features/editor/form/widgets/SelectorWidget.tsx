/** One value from upstream, shown as a chip; a click opens the picker. */
import { ChevronDown, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { findVariable, isNullable, type ScopeGroup, type Selector } from "@/graph";
import { cx, IconButton, Popover } from "@/kit";
import { useForm } from "../context";
import { Reference } from "../Reference";
import { VariablePicker } from "../VariablePicker";
import type { WidgetProps } from "../widget";
import styles from "./Widgets.module.css";

export function SelectorWidget({ value, onChange, schema, label }: WidgetProps) {
  const selector = Array.isArray(value) ? value.map(String) : [];
  return <SelectorField value={selector} onChange={onChange} label={label} clearable={isNullable(schema)} onClear={() => onChange(null)} />;
}

export interface SelectorFieldProps {
  value: Selector;
  onChange: (value: Selector) => void;
  label: string;
  clearable?: boolean;
  onClear?: () => void;
  compact?: boolean;
  /** What may be chosen, where that is not all that is upstream. */
  groups?: readonly ScopeGroup[];
}

export function SelectorField({ value, onChange, label, clearable = false, onClear, compact = false, groups: offered }: SelectorFieldProps) {
  const { t } = useTranslation("editor");
  const form = useForm();
  const { readOnly } = form;
  const groups = offered ?? form.groups;
  const [open, setOpen] = useState(false);
  const variable = findVariable(groups, value);
  const empty = value.length === 0;
  const trigger = (
    <button type="button" className={cx(styles.selector, compact && styles.compact)} disabled={readOnly}>
      <span className="sr-only">{`${label}: `}</span>
      {empty ? <span className={styles.placeholder}>{t("variables.choose")}</span> : <Reference selector={value} broken={!variable} />}
      <span className={styles.grow} />
      {variable && !compact && <span className={styles.type}>{variable.type}</span>}
      <ChevronDown size={14} className={styles.quiet} />
    </button>
  );
  return (
    <div className={styles.selectorRow}>
      <Popover trigger={trigger} open={open} onOpenChange={setOpen} padded={false} align="start">
        <VariablePicker groups={groups} onPick={(picked) => { onChange(picked); setOpen(false); }} />
      </Popover>
      {clearable && !empty && !readOnly && <IconButton size="sm" label={t("form.clear")} icon={<X />} onClick={onClear} />}
    </div>
  );
}
