/** Sign in with e-mail and password; says so when the installation has no admin yet. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Terminal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useSearchParams } from "react-router";
import { ApiError, sessionQuery, setupQuery, signIn } from "@/api";
import { Button, ErrorCard, Field, Input } from "@/kit";
import { AuthFrame } from "./AuthFrame";
import styles from "./SignInPage.module.css";
import { safeNext } from "./safeNext";

export function SignInPage() {
  const [params] = useSearchParams();
  const session = useQuery({ ...sessionQuery, staleTime: Infinity });
  if (session.data) return <Navigate to={safeNext(params.get("next"))} replace />;
  return <AuthFrame><SignInForm /></AuthFrame>;
}

function SignInForm() {
  const { t } = useTranslation("auth");
  const client = useQueryClient();
  const setup = useQuery(setupQuery);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const entry = useMutation({
    mutationFn: () => signIn(email.trim(), password),
    onSuccess: (session) => client.setQueryData(sessionQuery.queryKey, session),
  });
  const refused = entry.error instanceof ApiError && (entry.error.status === 401 || entry.error.status === 400);

  return (
    <div className={styles.page}>
      <title>{`${t("signIn.title")} · Weft`}</title>
      <div>
        <h1 className={styles.title}>{t("signIn.title")}</h1>
        <p className={styles.lead}>{t("signIn.lead")}</p>
      </div>
      {setup.data?.needed && (
        <div className={styles.notice}><Terminal size={18} /><p>{t("signIn.setupNeeded")}</p></div>
      )}
      <form className={styles.form} onSubmit={(event) => { event.preventDefault(); entry.mutate(); }}>
        <Field label={t("email")}>
          <Input type="email" autoComplete="username" required autoFocus value={email} onChange={(event) => setEmail(event.target.value)} />
        </Field>
        <Field label={t("password")} error={refused ? t("signIn.refused") : undefined}>
          <Input type="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.target.value)} />
        </Field>
        {entry.isError && !refused && <ErrorCard compact title={t("signIn.failed")} error={entry.error} />}
        <Button type="submit" variant="primary" size="lg" block loading={entry.isPending}>{t("signIn.button")}</Button>
      </form>
    </div>
  );
}
