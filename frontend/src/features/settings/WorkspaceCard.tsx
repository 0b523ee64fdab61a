/** The workspace's name. */
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { renameWorkspace, type Session, sessionQuery, useMay } from "@/api";
import { Card } from "@/kit";
import { NameForm } from "./NameForm";

export function WorkspaceCard({ session }: { session: Session }) {
  const { t } = useTranslation("settings");
  const client = useQueryClient();
  const save = async (name: string) => {
    await renameWorkspace(name);
    client.setQueryData(sessionQuery.queryKey, (now) => now && { ...now, workspace: { ...now.workspace, name } });
  };
  const mayRename = useMay("admin");
  return <Card title={t("workspace.title")} description={mayRename ? undefined : t("workspace.adminsOnly")}><NameForm disabled={!mayRename} label={t("workspace.name")} name={session.workspace.name} save={save} /></Card>;
}
