/** Where a question is written. Enter sends, Shift+Enter breaks the line, and a composition (Chinese, Japanese) never sends. */
import { ArrowUp, Square } from "lucide-react";
import { useRef, useState, type FormEvent, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Composer.module.css";
import { useAutosize } from "./useAutosize";

export interface ComposerProps {
  /** Return false to say that it was not taken: the text then stays. */
  onSend: (text: string) => boolean | void;
  /** Given while an answer streams: the send button becomes a stop button. */
  onStop?: () => void;
  disabled?: boolean;
  placeholder?: string;
  /** Questions to start from; hidden once the reader writes one. */
  suggestions?: readonly string[];
  autoFocus?: boolean;
  maxLength?: number;
  dense?: boolean;
  /** Small print below the field. */
  note?: ReactNode;
}

export function Composer({ onSend, onStop, disabled, placeholder, suggestions = [], autoFocus, maxLength, dense, note }: ComposerProps) {
  const { t } = useTranslation("chat");
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const composing = useComposition();
  useAutosize(field, text);
  const ready = text.trim() !== "" && !disabled && !onStop;

  const send = () => {
    if (!ready) return;
    if (onSend(text.trim()) !== false) setText("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || composing.active(event)) return;
    event.preventDefault();
    send();
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };

  return (
    <form className={styles.composer} data-dense={dense || undefined} onSubmit={onSubmit}>
      {suggestions.length > 0 && text === "" && (
        <Suggestions items={suggestions} disabled={Boolean(disabled ?? onStop)} onPick={onSend} />
      )}
      <div className={styles.field} data-disabled={disabled || undefined} onClick={() => field.current?.focus()}>
        <textarea
          ref={field}
          rows={1}
          value={text}
          disabled={disabled}
          maxLength={maxLength}
          placeholder={placeholder ?? t("composer.placeholder")}
          aria-label={t("composer.label")}
          autoFocus={autoFocus}
          enterKeyHint="send"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          {...composing.props}
        />
        {onStop ? (
          <button type="button" className={styles.send} onClick={onStop} aria-label={t("composer.stop")} title={t("composer.stop")}>
            <Square size={13} fill="currentColor" aria-hidden />
          </button>
        ) : (
          <button type="submit" className={styles.send} disabled={!ready} aria-label={t("composer.send")} title={t("composer.send")}>
            <ArrowUp size={18} aria-hidden />
          </button>
        )}
      </div>
      {note && <p className={styles.note}>{note}</p>}
    </form>
  );
}

function Suggestions({ items, disabled, onPick }: { items: readonly string[]; disabled: boolean; onPick: (text: string) => void }) {
  const { t } = useTranslation("chat");
  return (
    <ul className={styles.suggestions} aria-label={t("composer.suggestions")}>
      {items.map((item) => (
        <li key={item}>
          <button type="button" disabled={disabled} onClick={() => onPick(item)}>
            {item}
          </button>
        </li>
      ))}
    </ul>
  );
}

/**
 * Whether an input method is composing. Safari ends the composition before it reports the Enter that ended it, with
 * key code 229; the others report `isComposing`.
 */
function useComposition() {
  const on = useRef(false);
  return {
    active: (event: KeyboardEvent) => on.current || event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229,
    props: {
      onCompositionStart: () => void (on.current = true),
      onCompositionEnd: () => void (on.current = false),
    },
  };
}
