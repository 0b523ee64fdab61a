/** /form/:token: one form that a run waits for, for whoever was sent its link. No login; works in a frame. */
import { Suspense, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { EmptyState, ErrorCard, Spinner } from "@/kit";
import { AskForm } from "@/kit/ask";
import { SiteError } from "../model/client";
import { formClient, type LinkedForm } from "../model/forms";
import styles from "./FormPage.module.css";
import { LanguageSwitch } from "./LanguageSwitch";

export function FormPage() {
  return <Suspense fallback={null}><LinkedFormPage /></Suspense>;
}

function LinkedFormPage() {
  const { t } = useTranslation("chat");
  const { token = "" } = useParams();
  const { form, error, retry } = useForm(token);
  const client = useMemo(() => formClient(token), [token]);
  const [answered, setAnswered] = useState(false);
  const submit = async (action: string, inputs: Record<string, unknown>) => {
    await client.submit(action, inputs);
    setAnswered(true);
  };
  return (
    <main className={styles.page}>
      <title>{form ? `${form.title} · ${form.app.name}` : t("linked.title")}</title>
      <div className={styles.corner}><LanguageSwitch /></div>
      <div className={styles.column}>
        {!form && error === null && <Spinner size={22} label={t("page.loading")} />}
        {error !== null && (error instanceof SiteError && error.status === 404
          ? <EmptyState title={t("linked.gone")} text={t("linked.goneText")} />
          : <ErrorCard error={error} title={t("linked.notLoaded")} onRetry={retry} />)}
        {form && (
          <>
            <header className={styles.head}>
              <p className={styles.app}>{form.app.name}</p>
              <h1 className={styles.title}>{form.title}</h1>
            </header>
            <AskForm form={form} onSubmit={submit} sendFile={client.sendFile} fileLimit={null} />
            {answered && <p className={styles.thanks}>{t("linked.thanks")}</p>}
          </>
        )}
      </div>
    </main>
  );
}

function useForm(token: string): { form: LinkedForm | null; error: unknown; retry: () => void } {
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<{ form: LinkedForm | null; error: unknown }>({ form: null, error: null });
  useEffect(() => {
    let current = true;
    setState({ form: null, error: null });
    formClient(token).open().then(
      (form) => current && setState({ form, error: null }),
      (error: unknown) => current && setState({ form: null, error }),
    );
    return () => {
      current = false;
    };
  }, [token, attempt]);
  return { ...state, retry: () => setAttempt((n) => n + 1) };
}
