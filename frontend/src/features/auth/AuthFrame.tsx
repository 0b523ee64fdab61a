/** The frame of pages before the console: a task on the left, a living graph on the right. */
import { type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Language, setLanguage } from "@/i18n";
import { Logo, Segmented } from "@/kit";
import styles from "./AuthFrame.module.css";
import { Scene } from "./Scene";

export function AuthFrame({ children, wide = false }: { children: ReactNode; wide?: boolean }) {
  const { t, i18n } = useTranslation("auth");
  return (
    <div className={styles.frame}>
      <div className={styles.side}>
        <header className={styles.head}>
          <Logo size={30} />
          <span className={styles.brand}>Weft</span>
          <Segmented<Language> size="sm" label={t("language")} value={i18n.language === "zh" ? "zh" : "en"} onChange={(language) => void setLanguage(language)} options={[{ value: "en", label: "English" }, { value: "zh", label: "中文" }]} className={styles.language} />
        </header>
        <main className={wide ? styles.wide : styles.task}>{children}</main>
      </div>
      <aside className={styles.scene} aria-hidden="true"><Scene /></aside>
    </div>
  );
}
