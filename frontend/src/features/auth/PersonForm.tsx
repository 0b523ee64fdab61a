/** The first admin: name, e-mail, password; made with the one-time token of the terminal. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery, setUp } from "@/api";
import { Button, ErrorCard, Field, Input, useFieldError } from "@/kit";
import styles from "./PersonForm.module.css";
import { strength } from "./strength";

export function PersonForm({ token, onDone }: { token: string; onDone: () => void }) {
  const { t, i18n } = useTranslation("auth");
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const entry = useMutation({
    mutationFn: () => setUp({ token, name: name.trim(), email: email.trim(), password, language: i18n.language === "zh" ? "zh" : "en" }),
    onSuccess: (session) => {
      client.setQueryData(sessionQuery.queryKey, session);
      client.setQueryData(["setup"], { needed: false });
      onDone();
    },
  });
  const fault = useFieldError(entry.error);
  const elsewhere = entry.isError && !["name", "email", "password"].some((field) => fault(field));
  const level = strength(password);

  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); entry.mutate(); }}>
      <Field label={t("name")} error={fault("name")}>
        <Input autoComplete="name" required autoFocus maxLength={120} value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label={t("email")} error={fault("email")}>
        <Input type="email" autoComplete="username" required value={email} onChange={(event) => setEmail(event.target.value)} />
      </Field>
      <Field label={t("password")} error={fault("password")} hint={t("setup.passwordHint")} aside={password ? t(`strength.${level}`) : undefined}>
        <Input type="password" autoComplete="new-password" required minLength={8} value={password} onChange={(event) => setPassword(event.target.value)} />
      </Field>
      <div className={styles.meter} data-level={password ? level : "none"} aria-hidden="true"><i /><i /><i /></div>
      {elsewhere && <ErrorCard compact title={t("setup.failed")} error={entry.error} />}
      <Button type="submit" variant="primary" size="lg" block loading={entry.isPending}>{t("setup.create")}</Button>
    </form>
  );
}
