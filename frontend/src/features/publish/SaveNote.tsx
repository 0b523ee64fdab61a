/** Where saving stands, in a word. */
import { useTranslation } from "react-i18next";
import { type SaveState } from "./useAutosave";
import styles from "./SaveNote.module.css";

export function SaveNote({ state }: { state: SaveState }) {
  const { t } = useTranslation("publish");
  return <span className={styles.note} role="status">{state === "idle" ? "" : t(`save.${state}`)}</span>;
}
