/** The conversation in order. It scrolls nothing and fetches nothing: it draws what it is given. */
import { memo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { AssistantMessage } from "./AssistantMessage";
import styles from "./Messages.module.css";
import { type AskedForm } from "../ask/types";
import { type ChatMessage, type Rating } from "./types";

export interface MessageListProps {
  messages: readonly ChatMessage[];
  /** The source that is open beside the answer. */
  active?: { messageId: string; number: number };
  onCite?: (messageId: string, n: number) => void;
  onRate?: (messageId: string, rating: Rating | null) => void;
  /** Ask the last question again. */
  onRegenerate?: () => void;
  /** Draws what a message asks for. The same function every time, or every message is drawn again. */
  drawForm?: (form: AskedForm) => ReactNode;
  /** Tighter, for the small preview panel. */
  dense?: boolean;
}

export function MessageList({ messages, active, onCite, onRate, onRegenerate, drawForm, dense }: MessageListProps) {
  const { t } = useTranslation("chat");
  const last = messages.at(-1);
  return (
    <div className={styles.list} data-dense={dense || undefined} role="log" aria-label={t("message.log")}>
      {messages.map((message) => (
        <Row
          key={message.id}
          message={message}
          activeCitation={active?.messageId === message.id ? active.number : undefined}
          onCite={onCite}
          onRate={onRate}
          drawForm={drawForm}
          onRegenerate={message === last ? onRegenerate : undefined}
        />
      ))}
    </div>
  );
}

interface RowProps extends Omit<MessageListProps, "messages" | "active" | "dense"> {
  message: ChatMessage;
  activeCitation: number | undefined;
}

const Row = memo(function Row({ message, ...rest }: RowProps) {
  const { t } = useTranslation("chat");
  if (message.role === "assistant") return <AssistantMessage message={message} {...rest} />;
  return (
    <article className={styles.question} aria-label={t("message.question")}>
      {message.text}
    </article>
  );
});
