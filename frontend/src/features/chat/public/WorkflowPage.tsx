/** A workflow app's page: a form, and below it the result of the last run. */
import { Play, RotateCcw, Square } from "lucide-react";
import { useEffect, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Button, ErrorCard } from "@/kit";
import { isOpen, Markdown } from "@/kit/chat";
import { type Site, type SiteClient } from "../model/client";
import { type VisitorStore } from "../model/visitor";
import { type ChatSession } from "../model/session";
import { type Turn } from "../model/turn";
import { Result } from "./Result";
import { SiteHeader } from "./SiteHeader";
import { StartForm } from "./StartForm";
import { useDrawForm } from "./useDrawForm";
import { useSession } from "./useSession";
import { showFault } from "./showFault";
import { useStartForm } from "./useStartForm";
import styles from "./WorkflowPage.module.css";

/** Runs of a workflow belong to no conversation. */
const NOWHERE = { conversation: () => null, keepConversation: () => {} };

export function WorkflowPage({ site, client, store }: { site: Site; client: SiteClient; store: VisitorStore }) {
  const { t } = useTranslation("chat");
  const [state, session] = useSession(client, NOWHERE);
  const form = useStartForm(site.inputs);
  const turn = state.turns.at(-1);
  const busy = turn !== undefined && isOpen(turn);
  const drawForm = useDrawForm(site, client, session);
  useLastRun(store, session, turn);

  const run = (event: FormEvent) => {
    event.preventDefault();
    const inputs = form.take();
    if (!inputs) return showFault(event.currentTarget as HTMLElement);
    session.fresh();
    void session.ask("", inputs);
  };

  return (
    <div className={styles.page}>
      <SiteHeader title={site.title} icon="workflow" />
      <main className={styles.scroll}>
        <div className={styles.column}>
          {site.greeting && <Markdown text={site.greeting} />}
          <form className={styles.card} onSubmit={run} noValidate>
            {site.inputs.length > 0 ? (
              <StartForm variables={site.inputs} values={form.values} faults={form.faults} onChange={form.change} disabled={busy} sendFile={client.sendFile} fileLimit={site.max_upload_bytes} />
            ) : (
              <p className={styles.none}>{t("workflow.noInputs")}</p>
            )}
            <div className={styles.actions}>
              {busy ? (
                <Button size="lg" icon={<Square />} onClick={() => void session.stop()}>
                  {t("workflow.stop")}
                </Button>
              ) : (
                <Button size="lg" variant="primary" type="submit" icon={turn ? <RotateCcw /> : <Play />}>
                  {turn ? t("workflow.again") : t("workflow.run")}
                </Button>
              )}
            </div>
          </form>
          {state.error !== null && <ErrorCard compact error={state.error} title={t("page.actionFailed")} />}
          {turn && <Result turn={turn} drawForm={drawForm} />}
        </div>
      </main>
    </div>
  );
}

/** A run that has not ended is found again after a reload: it may wait for an answer. */
function useLastRun(store: VisitorStore, session: ChatSession, turn: Turn | undefined): void {
  useEffect(() => {
    const last = store.run();
    if (last) void session.reopen(last);
  }, [store, session]);
  const goesOn = turn !== undefined && (isOpen(turn) || turn.status === "paused");
  const runId = turn?.runId ?? null;
  useEffect(() => {
    if (runId) store.keepRun(goesOn ? runId : null);
  }, [store, runId, goesOn]);
}
