/** An object with known fields, drawn as a group; one that may be absent has a switch. */
import { blankOf, isObject, resolve } from "@/graph";
import { Switch } from "@/kit";
import { useForm } from "../context";
import { FormField } from "../FormField";
import { setIn } from "../paths";
import type { WidgetProps } from "../widget";
import styles from "./Widgets.module.css";

export function GroupWidget({ value, onChange, schema, root, field }: WidgetProps) {
  const plain = resolve(schema, root);
  const object = isObject(value) ? value : {};
  return (
    <div className={styles.group}>
      {Object.entries(plain.properties ?? {}).map(([name, child]) => (
        <FormField
          key={name}
          name={name}
          field={`${field}.${name}`}
          schema={child}
          root={root}
          value={object[name]}
          onChange={(next) => onChange(setIn(object, name, next))}
        />
      ))}
    </div>
  );
}

export function OptionalGroupWidget(props: WidgetProps) {
  const { value, onChange, schema, root, label } = props;
  const { readOnly } = useForm();
  const on = isObject(value);
  const plain = resolve(schema, root);
  const start = () => blankOf({ ...plain, default: undefined } as typeof plain, root);
  return (
    <div className={styles.rows}>
      <label className={styles.switchRow}>
        <span className={styles.switchLabel}>{label}</span>
        <Switch label={label} checked={on} disabled={readOnly} onChange={(next) => onChange(next ? start() : null)} />
      </label>
      {on && <GroupWidget {...props} />}
    </div>
  );
}
