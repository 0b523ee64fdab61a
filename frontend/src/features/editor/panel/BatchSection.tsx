/** A node that runs once for each item of a list. Inside, its fields may use the item and its number. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { faultsAt, handlesOf, SOURCE, FAIL_BRANCH, type Batch, type GraphNode } from "@/graph";
import { Field, Select, Switch } from "@/kit";
import { FormProvider } from "../form/context";
import { FieldFaults } from "../form/FieldFaults";
import { SelectorField } from "../form/widgets/SelectorWidget";
import { useEditorState } from "../store/context";
import { nodeFaultsSelector, selectKinds, selectReadOnly } from "../store/selectors";
import { shallowEqual } from "../store/store";
import styles from "./Tabs.module.css";
import { NumberRow } from "./PolicyTab";

const FAILURES = ["stop", "null", "drop"] as const;
const FRESH: Batch = { items: [], parallel: 1, on_error: "stop" };
const unused = () => undefined;

export function BatchSection({ node, onChange }: { node: GraphNode; onChange: (batch: Batch | null) => void }) {
  const kind = useEditorState(selectKinds).get(node.kind);
  const divides = handlesOf(node, kind).some((handle) => handle !== SOURCE && handle !== FAIL_BRANCH);
  return divides && !node.policy?.batch ? null : <Section node={node} onChange={onChange} />;
}

function Section({ node, onChange }: { node: GraphNode; onChange: (batch: Batch | null) => void }) {
  const { t } = useTranslation(["editor", "nodes"]);
  const readOnly = useEditorState(selectReadOnly);
  const faults = useEditorState(useMemo(() => nodeFaultsSelector(node.id), [node.id]), shallowEqual);
  const batch = node.policy?.batch ?? null;
  return (
    <section className={styles.section}>
      <label className={styles.row}>
        <span className={styles.rowText}><b>{t("batch.title")}</b><span>{t("batch.hint")}</span></span>
        <Switch label={t("batch.title")} checked={batch !== null} disabled={readOnly} onChange={(on) => onChange(on ? FRESH : null)} />
      </label>
      {batch && (
        <FormProvider node={{ ...node, policy: { ...node.policy, batch: null } }} configure={unused} renameOutput={unused}>
          <Field label={t("nodes:fields.items.label")}>
            <SelectorField value={batch.items} label={t("nodes:fields.items.label")} onChange={(items) => onChange({ ...batch, items })} />
          </Field>
          <NumberRow label={t("nodes:fields.parallel.label")} hint={t("batch.parallelHint")} value={batch.parallel} min={1} max={100} disabled={readOnly} onChange={(parallel) => onChange({ ...batch, parallel: parallel ?? 1 })} />
          <Field label={t("nodes:fields.on_error.label")}>
            <Select size="sm" disabled={readOnly} value={batch.on_error} onChange={(on_error) => onChange({ ...batch, on_error })} options={FAILURES.map((one) => ({ value: one, label: t(`nodes:options.on_error.${one}`) }))} />
          </Field>
          <FieldFaults faults={faultsAt(faults, "policy.batch")} />
        </FormProvider>
      )}
    </section>
  );
}
