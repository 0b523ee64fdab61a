/** The person: name, e-mail. */
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Session, sessionQuery, updateProfile } from "@/api";
import { Avatar, Card } from "@/kit";
import { NameForm } from "./NameForm";
import styles from "./SettingsPage.module.css";

export function ProfileCard({ session }: { session: Session }) {
  const { t } = useTranslation("settings");
  const client = useQueryClient();
  const save = async (name: string) => {
    await updateProfile({ name });
    client.setQueryData(sessionQuery.queryKey, (now) => now && { ...now, user: { ...now.user, name } });
  };
  return (
    <Card title={t("profile.title")}>
      <div className={styles.person}>
        <Avatar name={session.user.name || session.user.email} size={44} />
        <div><b>{session.user.name || session.user.email}</b><p>{session.user.email} · {t(`role.${session.role}`, { defaultValue: session.role })}</p></div>
      </div>
      <NameForm label={t("profile.name")} name={session.user.name} save={save} />
    </Card>
  );
}
