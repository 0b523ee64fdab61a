/** A name with a button that appears when it changed. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, ErrorCard, Field, Input } from "@/kit";
import styles from "./NameForm.module.css";

export function NameForm({ label, name, disabled = false, save }: { label: string; name: string; disabled?: boolean; save: (name: string) => Promise<unknown> }) {
  const { t } = useTranslation("settings");
  const [text, setText] = useState(name);
  const keep = useMutation({ mutationFn: save });
  const clean = text.trim();
  return (
    <form onSubmit={(event) => { event.preventDefault(); if (clean && clean !== name) keep.mutate(clean); }}>
      <div className={styles.row}>
        <Field label={label} className={styles.field}><Input required maxLength={120} disabled={disabled} value={text} onChange={(event) => setText(event.target.value)} /></Field>
        <Button type="submit" className={styles.button} disabled={disabled || !clean || clean === name} loading={keep.isPending}>{keep.isSuccess && clean === name ? t("saved") : t("save")}</Button>
      </div>
      {keep.isError && <ErrorCard compact title={t("notSaved")} error={keep.error} />}
    </form>
  );
}
