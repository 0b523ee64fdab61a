/** The app's name; for who may rename it, a click makes it a field. Enter keeps the new name, Esc the old. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./AppName.module.css";

export function AppName({ name, onRename }: { name: string; onRename: ((name: string) => void) | null }) {
  const { t } = useTranslation();
  const [text, setText] = useState<string | null>(null);
  if (!onRename) return <span className={styles.fixed}>{name}</span>;
  if (text === null) {
    return <button type="button" className={styles.name} title={t("rename")} onClick={() => setText(name)}>{name}</button>;
  }
  const keep = () => {
    const wanted = text.trim();
    if (wanted && wanted !== name) onRename(wanted);
    setText(null);
  };
  return (
    <input
      className={styles.input}
      aria-label={t("rename")}
      value={text}
      maxLength={120}
      autoFocus
      onFocus={(event) => event.target.select()}
      onChange={(event) => setText(event.target.value)}
      onBlur={keep}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Enter") keep();
        if (event.key === "Escape") setText(null);
      }}
    />
  );
}
