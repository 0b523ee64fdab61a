/** One answer: its steps, its words, what went wrong, its sources, and what can be done with it. */
import { CircleStop, Hourglass, WifiOff } from "lucide-react";
import { Fragment, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type AskedForm } from "../ask/types";
import { ErrorCard } from "../ErrorCard";
import { Markdown } from "./Markdown";
import { MessageActions, type MessageActionProps } from "./MessageActions";
import styles from "./Messages.module.css";
import { SourceList } from "./SourceList";
import { Steps } from "./Steps";
import { isOpen, type ChatMessage } from "./types";

export interface AssistantMessageProps extends MessageActionProps {
  message: ChatMessage;
  activeCitation?: number;
  onCite?: (messageId: string, n: number) => void;
  drawForm?: (form: AskedForm) => ReactNode;
}

export function AssistantMessage({ message, activeCitation, onCite, drawForm, ...actions }: AssistantMessageProps) {
  const { t } = useTranslation("chat");
  const { id, text, status, citations = [], steps = [], forms = [], error } = message;
  const open = isOpen(message);
  const paused = status === "paused";
  const asked = forms.filter((form) => form.status !== "open");
  const asks = forms.filter((form) => form.status === "open");
  const draw = (form: AskedForm) => <Fragment key={form.key}>{drawForm?.(form)}</Fragment>;
  const cite = onCite && ((n: number) => onCite(id, n));
  return (
    <article className={styles.answer} aria-busy={open} aria-label={t("message.answer")}>
      {steps.length > 0 && <Steps steps={steps} running={open && text === ""} />}
      {drawForm && asked.map(draw)}
      {(text !== "" || open) && (
        <Markdown text={text} streaming={open} citations={citations} activeCitation={activeCitation} onCite={cite} />
      )}
      {drawForm && asks.map(draw)}
      {paused && asks.length === 0 && (
        <p className={styles.note}>
          <Hourglass size={14} aria-hidden /> {t("message.paused")}
        </p>
      )}
      {message.reconnecting && (
        <p className={styles.note}>
          <WifiOff size={14} aria-hidden /> {t("message.reconnecting")}
        </p>
      )}
      {status === "stopped" && (
        <p className={styles.note}>
          <CircleStop size={14} aria-hidden /> {t("message.stopped")}
        </p>
      )}
      {status === "failed" && error && <ErrorCard compact error={error} title={t("message.failed")} onRetry={actions.onRegenerate} />}
      {!open && <SourceList citations={citations} active={activeCitation} onOpen={cite} />}
      {!open && !paused && <MessageActions message={message} {...actions} />}
    </article>
  );
}
