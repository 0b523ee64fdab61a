/** The person's menu: theme, language, settings, sign out. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Languages, LogOut, MonitorCog, Settings } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { sessionQuery, signOut, updateProfile } from "@/api";
import { type Language, setLanguage } from "@/i18n";
import { Avatar, Menu, type MenuEntry, type ThemeChoice, useTheme } from "@/kit";
import { useSession } from "./sessionContext";
import styles from "./UserMenu.module.css";

const THEMES: ThemeChoice[] = ["light", "dark", "system"];
const LANGUAGES: { value: Language; label: string }[] = [{ value: "en", label: "English" }, { value: "zh", label: "中文" }];

export function UserMenu() {
  const { t, i18n } = useTranslation();
  const { user } = useSession();
  const navigate = useNavigate();
  const theme = useTheme();
  const chooseLanguage = useChooseLanguage();
  const leave = useSignOut();

  const entries: MenuEntry[] = [
    { kind: "label", label: <span className={styles.person}><b>{user.name || user.email}</b><span>{user.email}</span></span> },
    { kind: "separator" },
    { kind: "sub", icon: <MonitorCog />, label: t("theme.label"), entries: THEMES.map((choice) => ({ label: t(`theme.${choice}`), checked: theme.choice === choice, onSelect: () => theme.choose(choice) })) },
    { kind: "sub", icon: <Languages />, label: t("language"), entries: LANGUAGES.map(({ value, label }) => ({ label, checked: i18n.language === value, onSelect: () => chooseLanguage(value) })) },
    { icon: <Settings />, label: t("nav.settings"), onSelect: () => void navigate("/settings") },
    { kind: "separator" },
    { icon: <LogOut />, label: t("signOut"), onSelect: leave },
  ];
  return (
    <Menu
      entries={entries}
      trigger={<button type="button" className={styles.trigger}><span aria-hidden="true"><Avatar name={user.name || user.email} /></span><span className="sr-only">{t("userMenu", { name: user.name || user.email })}</span></button>}
    />
  );
}

export function useChooseLanguage(): (language: Language) => void {
  const client = useQueryClient();
  const save = useMutation({ mutationFn: (language: Language) => updateProfile({ language }) });
  return (language) => {
    client.setQueryData(sessionQuery.queryKey, (session) => session && { ...session, user: { ...session.user, language } });
    void setLanguage(language);
    save.mutate(language);
  };
}

function useSignOut(): () => void {
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: signOut,
    onSettled: () => {
      client.clear();
      client.setQueryData(sessionQuery.queryKey, null);
    },
  });
  return () => mutation.mutate();
}
