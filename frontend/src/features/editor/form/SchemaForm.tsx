/** The settings of a node, made from its kind's schema. Knows no kind: what differs is in schema and meta. */
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { resolve } from "@/graph";
import { setIn } from "./paths";
import { metaOf } from "../nodes";
import { FieldScope, useForm } from "./context";
import { FormField } from "./FormField";
import styles from "./SchemaForm.module.css";

export function SchemaForm() {
  const { t } = useTranslation("editor");
  const { node, kind, configure, faults } = useForm();
  const root = kind?.schema;
  if (!root?.properties) return <p className={styles.none}>{t("form.noSettings")}</p>;
  const meta = metaOf(node.kind);
  const hidden = new Set(meta.hidden?.(node.config));
  const hasChoice = (name: string) => resolve(root.properties?.[name] ?? {}, root).const === undefined;
  const names = Object.keys(root.properties).filter((name) => !hidden.has(name) && hasChoice(name));
  if (names.length === 0) return <p className={styles.none}>{t("form.noSettings")}</p>;
  const folded = new Set(names.filter((name) => meta.advanced?.includes(name)));
  const fieldOf = (name: string) => (
    <FieldScope key={name} field={name}>
      <FormField
        name={name}
        field={name}
        schema={root.properties?.[name] ?? {}}
        root={root}
        value={node.config[name]}
        onChange={(value) => configure(setIn(node.config, name, value), name)}
      />
    </FieldScope>
  );
  const faulty = faults.some((fault) => fault.field && folded.has(fault.field.split(".")[0] ?? ""));
  return (
    <div className={styles.form}>
      {names.filter((name) => !folded.has(name)).map(fieldOf)}
      {folded.size > 0 && <More startOpen={faulty}>{[...folded].map(fieldOf)}</More>}
    </div>
  );
}

function More({ startOpen, children }: { startOpen: boolean; children: React.ReactNode }) {
  const { t } = useTranslation("editor");
  const [open, setOpen] = useState(startOpen);
  return (
    <section className={styles.more}>
      <button type="button" className={styles.moreHead} aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronRight size={14} className={styles.chevron} />
        {t("form.more")}
      </button>
      {open && <div className={styles.form}>{children}</div>}
    </section>
  );
}
