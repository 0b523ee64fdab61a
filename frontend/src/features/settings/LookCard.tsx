/** Theme and language. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Monitor, Moon, Sun } from "lucide-react";
import { useTranslation } from "react-i18next";
import { sessionQuery, updateProfile } from "@/api";
import { type Language, setLanguage } from "@/i18n";
import { Card, ErrorCard, Segmented, type ThemeChoice, useTheme } from "@/kit";
import styles from "./SettingsPage.module.css";

export function LookCard() {
  const { t, i18n } = useTranslation("settings");
  const theme = useTheme();
  const client = useQueryClient();
  const save = useMutation({ mutationFn: (language: Language) => updateProfile({ language }) });
  const chooseLanguage = (language: Language) => {
    client.setQueryData(sessionQuery.queryKey, (now) => now && { ...now, user: { ...now.user, language } });
    void setLanguage(language);
    save.mutate(language);
  };
  return (
    <Card title={t("look.title")}>
      <div className={styles.choices}>
        <div className={styles.choice}>
          <span>{t("look.theme")}</span>
          <Segmented<ThemeChoice> label={t("look.theme")} value={theme.choice} onChange={theme.choose} options={[{ value: "light", label: t("look.light"), icon: <Sun /> }, { value: "dark", label: t("look.dark"), icon: <Moon /> }, { value: "system", label: t("look.system"), icon: <Monitor /> }]} />
        </div>
        <div className={styles.choice}>
          <span>{t("look.language")}</span>
          <Segmented<Language> label={t("look.language")} value={i18n.language === "zh" ? "zh" : "en"} onChange={chooseLanguage} options={[{ value: "en", label: "English" }, { value: "zh", label: "中文" }]} />
        </div>
      </div>
      {save.isError && <ErrorCard compact title={t("notSaved")} error={save.error} />}
    </Card>
  );
}
