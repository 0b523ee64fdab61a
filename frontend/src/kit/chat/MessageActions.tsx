/** What a reader can do with an answer: copy it, judge it, ask for another. */
import { Check, Copy, RotateCcw, ThumbsDown, ThumbsUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import styles from "./Messages.module.css";
import { type ChatMessage, type Rating } from "./types";
import { useCopy } from "../useCopy";

export interface MessageActionProps {
  onRate?: (messageId: string, rating: Rating | null) => void;
  /** Given only where asking again makes sense: at the last answer. */
  onRegenerate?: () => void;
}

export function MessageActions({ message, onRate, onRegenerate }: MessageActionProps & { message: ChatMessage }) {
  const { t } = useTranslation("chat");
  const { copied, copy } = useCopy();
  const rate = (rating: Rating) => onRate?.(message.id, message.rating === rating ? null : rating);
  return (
    <div className={styles.actions} role="group" aria-label={t("action.group")}>
      {message.text !== "" && (
        <button type="button" onClick={() => void copy(message.text)} title={t("action.copy")} aria-label={copied ? t("action.copied") : t("action.copy")}>
          {copied ? <Check size={15} /> : <Copy size={15} />}
        </button>
      )}
      {onRate && message.status !== "failed" && (
        <>
          <button type="button" aria-pressed={message.rating === "like"} onClick={() => rate("like")} title={t("action.like")} aria-label={t("action.like")}>
            <ThumbsUp size={15} />
          </button>
          <button type="button" aria-pressed={message.rating === "dislike"} onClick={() => rate("dislike")} title={t("action.dislike")} aria-label={t("action.dislike")}>
            <ThumbsDown size={15} />
          </button>
        </>
      )}
      {onRegenerate && message.status !== "failed" && (
        <button type="button" className={styles.worded} onClick={onRegenerate}>
          <RotateCcw size={15} aria-hidden /> {t("action.regenerate")}
        </button>
      )}
    </div>
  );
}
