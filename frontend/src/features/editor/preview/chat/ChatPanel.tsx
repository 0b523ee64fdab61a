/** The app as its user sees it, beside the canvas that shows how it is done. */
import { MessageSquare, MessageSquarePlus, X } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton, Tag } from "@/kit";
import { Composer, Markdown, MessageList, SourceCard, useStickToBottom } from "@/kit/chat";
import type { Runs } from "../../run/useRuns";
import { Waits } from "../../run/waits/Waits";
import { useEditor, useEditorState } from "../../store/context";
import { errorCount, selectDoc, selectFaults, selectIsRunning } from "../../store/selectors";
import styles from "./ChatPanel.module.css";
import { ChatInputs, useChatInputs } from "./ChatInputs";
import { toMessages } from "./messages";
import type { Chat } from "./useChat";

export function ChatPanel({ appId, chat, runs }: { appId: string; chat: Chat; runs: Runs }) {
  const { t } = useTranslation(["editor", "chat"]);
  const { t: chatText } = useTranslation(["chat", "nodes"]);
  const editor = useEditor();
  const { features } = useEditorState(selectDoc);
  const running = useEditorState(selectIsRunning);
  const form = useChatInputs(appId);
  const box = useRef<HTMLDivElement>(null);
  const [cited, setCited] = useState<{ messageId: string; number: number } | null>(null);
  const messages = useMemo(() => chat.turns.flatMap((turn) => toMessages(turn, chatText)), [chat.turns, chatText]);
  useStickToBottom(box, messages);
  const source = messages.find((message) => message.id === cited?.messageId)?.citations?.find((one) => one.number === cited?.number);
  const busy = running || runs.starting;
  const fresh = chat.turns.length === 0;
  const ask = (query: string) => {
    if (busy || !form.ready()) return false;
    chat.send(query, form.inputs);
    return true;
  };
  return (
    <section className={styles.panel} aria-label={t("chat.title")}>
      <header className={styles.head}>
        <MessageSquare size={16} />
        <h3 className={styles.title}>{t("chat.title")}</h3>
        {chat.turns.length > 0 && <Tag>{t("chat.turns", { count: chat.turns.length })}</Tag>}
        <IconButton size="sm" label={t("chat.restart")} icon={<MessageSquarePlus />} disabled={fresh} onClick={chat.restart} />
        <IconButton size="sm" label={t("panel.close")} icon={<X />} onClick={() => editor.show({ preview: false })} />
      </header>
      <div ref={box} className={styles.body}>
        <ChatInputs form={form} folded={!fresh} />
        {fresh && (features.opening_statement ? <Markdown text={features.opening_statement} /> : <p className={styles.hint}>{t("chat.hint")}</p>)}
        <MessageList dense messages={messages} onCite={(messageId, number) => setCited({ messageId, number })} />
        <Waits />
      </div>
      {source && (
        <div className={styles.source}>
          <IconButton size="sm" className={styles.closeSource} label={t("chat:cite.close")} icon={<X />} onClick={() => setCited(null)} />
          <SourceCard source={source} />
        </div>
      )}
      <Problem />
      <div className={styles.foot}>
        <Composer dense onSend={ask} {...(busy ? { onStop: () => void runs.stop() } : {})} suggestions={fresh ? (features.suggested_questions ?? []) : []} autoFocus />
      </div>
    </section>
  );
}

/** A graph with errors does not run: says so before one asks. */
function Problem() {
  const { t } = useTranslation("editor");
  const errors = errorCount(useEditorState(selectFaults));
  return errors > 0 ? <p className={styles.problem} role="status">{t("chat.problems", { count: errors })}</p> : null;
}
