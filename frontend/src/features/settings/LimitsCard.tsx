/** What one run of any app may use up, unless the app itself says less or other. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type RunLimits, setWorkspaceLimits, useMay, workspaceLimitsQuery } from "@/api";
import { Button, Card, ErrorCard, Field, Input, Skeleton } from "@/kit";
import styles from "./LimitsCard.module.css";

const NAMES = ["wall_s", "tokens", "cost", "steps"] as const satisfies readonly (keyof RunLimits)[];
const WHOLE: ReadonlySet<keyof RunLimits> = new Set(["tokens", "steps"]);
type Texts = Record<keyof RunLimits, string>;

export function LimitsCard() {
  const { t } = useTranslation("settings");
  const limits = useQuery(workspaceLimitsQuery);
  return (
    <Card title={t("limits.title")} description={t("limits.lead")}>
      {limits.isPending && <Skeleton width="60%" />}
      {limits.isError && <ErrorCard compact title={t("limits.notLoaded")} error={limits.error} onRetry={() => void limits.refetch()} />}
      {limits.data && <LimitsForm key={JSON.stringify(limits.data)} limits={limits.data} />}
    </Card>
  );
}

function LimitsForm({ limits }: { limits: RunLimits }) {
  const { t } = useTranslation("settings");
  const client = useQueryClient();
  const mayChange = useMay("admin");
  const before = textsOf(limits);
  const [texts, setTexts] = useState(before);
  const save = useMutation({ mutationFn: (next: RunLimits) => setWorkspaceLimits(next), onSuccess: (kept) => client.setQueryData(workspaceLimitsQuery.queryKey, kept) });
  const wrong = NAMES.filter((name) => !isLimit(name, texts[name]));
  const changed = NAMES.some((name) => texts[name].trim() !== before[name]);
  return (
    <form className={styles.form} noValidate onSubmit={(event) => { event.preventDefault(); if (wrong.length === 0) save.mutate(limitsOf(texts)); }}>
      <div className={styles.fields}>
        {NAMES.map((name) => (
          <Field key={name} label={t(`limits.${name}`)} error={wrong.includes(name) ? t(WHOLE.has(name) ? "limits.whole" : "limits.above") : undefined}>
            <Input inputMode="decimal" disabled={!mayChange} placeholder={t("limits.none")} value={texts[name]} onChange={(event) => setTexts((now) => ({ ...now, [name]: event.target.value }))} />
          </Field>
        ))}
      </div>
      {save.isError && <ErrorCard compact title={t("notSaved")} error={save.error} />}
      {mayChange ? <div className={styles.foot}><Button type="submit" disabled={!changed || wrong.length > 0} loading={save.isPending}>{t("save")}</Button></div> : <p className={styles.quiet}>{t("limits.adminsOnly")}</p>}
    </form>
  );
}

const textsOf = (limits: RunLimits): Texts => Object.fromEntries(NAMES.map((name) => [name, limits[name] === null ? "" : String(limits[name])])) as Texts;
const limitsOf = (texts: Texts): RunLimits => Object.fromEntries(NAMES.map((name) => [name, texts[name].trim() === "" ? null : Number(texts[name])])) as unknown as RunLimits;

function isLimit(name: keyof RunLimits, text: string): boolean {
  if (text.trim() === "") return true;
  const value = Number(text);
  return Number.isFinite(value) && value > 0 && (!WHOLE.has(name) || Number.isInteger(value));
}
