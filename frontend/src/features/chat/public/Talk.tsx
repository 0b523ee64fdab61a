/** The talk itself: a centred column of messages with the composer below it. */
import { ArrowDown } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { ErrorCard, IconButton, Spinner } from "@/kit";
import { Composer, MessageList, useStickToBottom, type Rating } from "@/kit/chat";
import { type Site, type SiteClient } from "../model/client";
import { type ChatState } from "../model/session";
import { type OpenedSource } from "./ChatPage";
import { Greeting } from "./Greeting";
import { showFault } from "./showFault";
import { StartForm } from "./StartForm";
import styles from "./Talk.module.css";
import { useMessages } from "./useMessages";
import { type DrawForm } from "./useDrawForm";
import { useStartForm } from "./useStartForm";

export interface TalkProps {
  site: Site;
  state: ChatState;
  busy: boolean;
  source: OpenedSource | undefined;
  sendFile: SiteClient["sendFile"];
  /** Without `inputs` the conversation keeps those it began with. */
  onAsk: (query: string, inputs?: Record<string, unknown>) => void;
  onStop: () => void;
  onRate: (messageId: string, rating: Rating | null) => void;
  onCite: (messageId: string, n: number) => void;
  drawForm: DrawForm;
}

export function Talk({ site, state, busy, source, sendFile, onAsk, onStop, onRate, onCite, drawForm }: TalkProps) {
  const { t } = useTranslation("chat");
  const box = useRef<HTMLDivElement>(null);
  const form = useStartForm(site.inputs);
  const messages = useMessages(state.turns);
  const { atEnd, toEnd } = useStickToBottom(box, messages);
  const fresh = state.turns.length === 0 && !state.loading;

  const ask = (query: string) => {
    const inputs = fresh ? form.take() : undefined;
    if (inputs === null) {
      showFault(box.current);
      return false;
    }
    toEnd();
    onAsk(query, inputs);
    return true;
  };
  const last = state.turns.at(-1);

  return (
    <main className={styles.talk}>
      <div ref={box} className={styles.scroll}>
        <div className={styles.column} data-fresh={fresh || undefined}>
          {state.loading && <Spinner size={20} label={t("list.opening")} />}
          {fresh && <Greeting site={site} />}
          {fresh && site.inputs.length > 0 && (
            <section className={styles.form} aria-label={t("form.label")}>
              <StartForm variables={site.inputs} values={form.values} faults={form.faults} onChange={form.change} sendFile={sendFile} fileLimit={site.max_upload_bytes} />
            </section>
          )}
          {messages.length > 0 && (
            <MessageList
              messages={messages}
              active={source}
              onCite={onCite}
              onRate={onRate}
              drawForm={drawForm}
              onRegenerate={last && !busy && last.status !== "paused" ? () => void ask(last.query) : undefined}
            />
          )}
          {state.error !== null && <ErrorCard compact error={state.error} title={t("page.actionFailed")} />}
        </div>
      </div>
      <div className={styles.dock}>
        {!atEnd && (
          <div className={styles.jump}>
            <IconButton label={t("page.toEnd")} icon={<ArrowDown />} onClick={toEnd} />
          </div>
        )}
        <Composer
          onSend={ask}
          onStop={busy ? onStop : undefined}
          disabled={state.loading}
          suggestions={fresh ? site.suggested_questions : undefined}
          autoFocus={!matchMedia("(pointer: coarse)").matches}
          note={t("page.note")}
        />
      </div>
    </main>
  );
}
