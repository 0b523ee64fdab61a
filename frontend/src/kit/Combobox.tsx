/** Choice from a list that can be searched; one value or several. */
import { Command } from "cmdk";
import { Check, ChevronDown } from "lucide-react";
import { Popover } from "radix-ui";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Combobox.module.css";
import { cx } from "./cx";
import { useFieldControl } from "./Field";
import { rankOf } from "./rank";

export interface ComboboxOption {
  value: string;
  label: string;
  /** More words that find this option. */
  keywords?: string[];
  hint?: ReactNode;
  icon?: ReactNode;
  group?: string;
}

interface Common {
  options: readonly ComboboxOption[];
  placeholder?: string;
  empty?: ReactNode;
  label?: string;
  disabled?: boolean;
  className?: string;
}
export type ComboboxProps = Common &
  ({ multiple?: false; value: string | null; onChange: (value: string) => void } | { multiple: true; value: string[]; onChange: (value: string[]) => void });

export function Combobox(props: ComboboxProps) {
  const { options, placeholder, empty, label, disabled, className } = props;
  const { t } = useTranslation("kit");
  const [open, setOpen] = useState(false);
  const field = useFieldControl();
  const chosen = props.multiple ? props.value : props.value === null ? [] : [props.value];
  const shown = options.filter((option) => chosen.includes(option.value));

  const pick = (value: string) => {
    if (!props.multiple) {
      props.onChange(value);
      setOpen(false);
      return;
    }
    props.onChange(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value]);
  };

  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className={cx(styles.trigger, className)} aria-label={field.id ? undefined : label} disabled={disabled} {...field}>
        <span className={cx(styles.value, shown.length === 0 && styles.placeholder)}>
          {shown.length === 0 && (placeholder ?? t("choose"))}
          {shown.map((option) => (
            <span key={option.value} className={props.multiple ? styles.chip : styles.single}>{option.icon}{option.label}</span>
          ))}
        </span>
        <ChevronDown size={15} className={styles.chevron} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className={styles.pop} align="start" sideOffset={4} collisionPadding={8}>
          <Command filter={rankOf(options.map(({ value, label: name, keywords }) => ({ value, names: [name], keywords })))}>
            <Command.Input className={styles.search} placeholder={t("search")} />
            <Command.List className={styles.list}>
              <Command.Empty className={styles.empty}>{empty ?? t("nothingFound")}</Command.Empty>
              {groups(options).map(([group, members]) => (
                <Command.Group key={group} heading={group || undefined} className={styles.group}>
                  {members.map((option) => (
                    <Command.Item key={option.value} value={option.value} onSelect={() => pick(option.value)} className={styles.item}>
                      {option.icon}
                      <span className={styles.text}>{option.label}</span>
                      {option.hint && <span className={styles.hint}>{option.hint}</span>}
                      <Check size={14} className={cx(styles.tick, chosen.includes(option.value) && styles.on)} />
                    </Command.Item>
                  ))}
                </Command.Group>
              ))}
            </Command.List>
          </Command>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function groups(options: readonly ComboboxOption[]): [string, ComboboxOption[]][] {
  const found = new Map<string, ComboboxOption[]>();
  for (const option of options) {
    const name = option.group ?? "";
    found.set(name, [...(found.get(name) ?? []), option]);
  }
  return [...found];
}
