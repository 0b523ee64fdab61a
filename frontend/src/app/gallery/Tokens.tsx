/** Colours and type sizes. */
import { useTranslation } from "react-i18next";
import styles from "./KitPage.module.css";
import { Section } from "./Section";

const COLOURS = ["bg", "surface", "raised", "sunken", "canvas", "line", "line-strong", "ink", "ink-2", "ink-3", "accent", "accent-ink", "accent-soft", "ok", "ok-ink", "ok-soft", "run", "run-ink", "run-soft", "warn", "warn-ink", "warn-soft", "bad", "bad-ink", "bad-soft", "n-io", "n-model", "n-know", "n-logic", "n-code", "n-tool", "n-human"];

export function Tokens() {
  const { t } = useTranslation("gallery");
  return (
    <Section title={t("tokens")}>
      <div className={styles.swatches}>{COLOURS.map((name) => <span key={name} className={styles.swatch}><i style={{ background: `var(--${name})` }} />{name}</span>)}</div>
      <div className={styles.type}>{[6, 5, 4, 3, 2, 1].map((size) => <span key={size} style={{ font: `${size > 3 ? 600 : 400} var(--t${size}) var(--sans)` }}>{t("typeSample")}</span>)}</div>
    </Section>
  );
}
