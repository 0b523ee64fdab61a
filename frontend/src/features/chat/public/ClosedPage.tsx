/** What an unknown address, a page switched off and an app not yet published look like: the same. */
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/kit";
import { LanguageSwitch } from "./LanguageSwitch";
import styles from "./ClosedPage.module.css";

export function ClosedPage() {
  const { t } = useTranslation("chat");
  return (
    <main className={styles.page}>
      <title>{t("closed.title")}</title>
      <div className={styles.corner}>
        <LanguageSwitch />
      </div>
      <EmptyState picture="chat" title={t("closed.title")} text={t("closed.text")} />
    </main>
  );
}
