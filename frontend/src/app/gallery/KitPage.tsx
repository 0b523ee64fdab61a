/** Every component of the kit, in the theme and language chosen here. What the visual tests look at. */
import { useTranslation } from "react-i18next";
import { type Language, setLanguage } from "@/i18n";
import { Logo, Segmented, SlotProvider, type ThemeChoice, UndoProvider, useTheme } from "@/kit";
import { Actions } from "./Actions";
import { Chat } from "./Chat";
import { Feedback } from "./Feedback";
import { Forms } from "./Forms";
import styles from "./KitPage.module.css";
import { Surfaces } from "./Surfaces";
import { Tokens } from "./Tokens";

export function KitPage() {
  const { t, i18n } = useTranslation("gallery");
  const theme = useTheme();
  return (
    <UndoProvider>
      <SlotProvider>
        <title>Kit · Weft</title>
        <div className={styles.page}>
          <header className={styles.head}>
            <Logo size={30} />
            <h1 className={styles.title}>{t("title")}</h1>
            <Segmented<Language> label={t("language")} value={i18n.language === "zh" ? "zh" : "en"} onChange={(language) => void setLanguage(language)} options={[{ value: "en", label: "English" }, { value: "zh", label: "中文" }]} />
            <Segmented<ThemeChoice> label={t("theme")} value={theme.choice} onChange={theme.choose} options={[{ value: "light", label: t("light") }, { value: "dark", label: t("dark") }, { value: "system", label: t("system") }]} />
          </header>
          <Actions />
          <Forms />
          <Feedback />
          <Surfaces />
          <Chat />
          <Tokens />
        </div>
      </SlotProvider>
    </UndoProvider>
  );
}
