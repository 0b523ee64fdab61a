/** What a run waits for, and what it has asked before: forms to answer, times, events that can be told of from here. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CalendarClock, Link2, Radio, UserRoundPen } from "lucide-react";
import { useTranslation } from "react-i18next";
import { answerForm, runFormsQuery, sendEvent, uploadFile, uploadLimitQuery, useMay, type RunForm, type Wait } from "@/api";
import { Button, CopyIcon, ErrorCard, Tag, useFormat } from "@/kit";
import { AskForm } from "@/kit/ask";
import { refreshRun } from "./refresh";
import styles from "./RunWaits.module.css";

export interface RunWaitsProps {
  runId: string;
  waits: readonly Wait[];
  titleOf: (nodeId: string) => string;
  /** Also the forms that are not open any more. */
  past?: boolean;
}

export function RunWaits({ runId, waits, titleOf, past = false }: RunWaitsProps) {
  const { t } = useTranslation("runs");
  const asksPeople = past || waits.some(({ type }) => type === "form");
  const forms = useQuery({ ...runFormsQuery(runId), enabled: asksPeople });
  const shown = (forms.data?.items ?? []).filter(({ status }) => past || status === "open");
  return (
    <>
      {forms.isError && <ErrorCard compact title={t("waits.notLoaded")} error={forms.error} onRetry={() => void forms.refetch()} />}
      {shown.map((form) => <FormCard key={form.key} form={form} />)}
      {waits.filter(({ type }) => type !== "form").map((wait) => <OtherWait key={wait.key} runId={runId} wait={wait} title={titleOf(wait.node_id)} />)}
    </>
  );
}

function FormCard({ form }: { form: RunForm }) {
  const { t } = useTranslation("runs");
  const client = useQueryClient();
  const limit = useQuery(uploadLimitQuery).data ?? null;
  const mayAnswer = useMay("editor");
  const answer = async (action: string, inputs: Record<string, unknown>) => {
    try {
      await answerForm(form.run_id, form.key, { action, inputs });
    } finally {
      // also after a refusal: somebody else may have been first
      refreshRun(client, form.run_id);
    }
  };
  return (
    <section className={styles.wait} aria-label={form.title}>
      <header className={styles.head}>
        <UserRoundPen size={15} aria-hidden />
        <h3 className={styles.title}>{form.title}</h3>
        {form.status === "open" && <CopyIcon size="sm" text={form.link} label={t("waits.copyLink")} />}
      </header>
      <AskForm form={form} onSubmit={answer} sendFile={uploadFile} fileLimit={limit} readOnly={mayAnswer ? undefined : t("waits.editorsOnly")} />
      <Told form={form} />
    </section>
  );
}

/** Who was told of the form and who answered it. */
function Told({ form }: { form: RunForm }) {
  const { t } = useTranslation("runs");
  const { dateTime } = useFormat();
  const mails = form.delivery.filter(({ type }) => type !== "webapp");
  return (
    <>
      {mails.length > 0 && <p className={styles.told}>{mails.map((one, i) => <Tag key={i} tone={one.status === "failed" || one.status === "not_configured" ? "bad" : "neutral"}>{t(`waits.delivery.${one.status}`, { detail: one.detail ?? "" })}</Tag>)}</p>}
      {form.submitted_at && <p className={styles.told}>{t("waits.answered", { who: form.submitted_by === "link" ? t("waits.byLink") : form.submitted_by || t("waits.byVisitor"), when: dateTime(form.submitted_at) })}</p>}
    </>
  );
}

function OtherWait({ runId, wait, title }: { runId: string; wait: Wait; title: string }) {
  const { t } = useTranslation("runs");
  const { dateTime, ago } = useFormat();
  const client = useQueryClient();
  const mayTell = useMay("editor");
  const tell = useMutation({ mutationFn: (name: string) => sendEvent(runId, name, {}), onSettled: () => refreshRun(client, runId) });
  const { event } = wait;
  return (
    <section className={styles.wait} aria-label={title}>
      <header className={styles.head}>
        {wait.type === "event" ? <Radio size={15} aria-hidden /> : <CalendarClock size={15} aria-hidden />}
        <h3 className={styles.title}>{title}</h3>
        {event !== null && mayTell && <Button size="sm" loading={tell.isPending} onClick={() => tell.mutate(event)}>{t("waits.tell")}</Button>}
      </header>
      {event !== null && <p className={styles.told}>{t("waits.event", { event })}</p>}
      {wait.callback && <p className={styles.callback}><Link2 size={14} aria-hidden /><code>POST {wait.callback}</code><CopyIcon size="sm" text={wait.callback} label={t("waits.copyCallback")} /></p>}
      {wait.expires_at && <p className={styles.told}>{t(wait.type === "time" ? "waits.wakes" : "waits.until", { time: dateTime(wait.expires_at), left: ago(wait.expires_at) })}</p>}
      {tell.isError && <ErrorCard compact title={t("waits.notTold")} error={tell.error} />}
    </section>
  );
}
