/** The small numbered mark inside an answer that opens the source it stands for. */
import { useContext } from "react";
import { useTranslation } from "react-i18next";
import { CiteContext } from "./citeContext";
import styles from "./Citations.module.css";

export function CitationChip({ n }: { n: number }) {
  const { t } = useTranslation("chat");
  const { find, open, active } = useContext(CiteContext);
  const source = find(n);
  if (!source || !open || source.hidden) {
    return (
      <span className={styles.mark} title={source?.hidden ? t("cite.hidden") : undefined}>
        {n}
      </span>
    );
  }
  return (
    <button
      type="button"
      className={styles.mark}
      data-active={active === n || undefined}
      title={source.title}
      aria-label={t("cite.open", { number: n, title: source.title })}
      onClick={() => open(n)}
    >
      {n}
    </button>
  );
}
