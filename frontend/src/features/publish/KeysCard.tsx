/** The app's API keys. */
import { useTranslation } from "react-i18next";
import { createKey, deleteKey, keysQuery } from "@/api";
import { KeyList } from "./KeyList";

export function KeysCard({ appId, onCreated }: { appId: string; onCreated: (key: string) => void }) {
  const { t } = useTranslation("publish");
  return <KeyList title={t("keys.title")} lead={t("keys.lead")} query={keysQuery(appId)} create={() => createKey(appId)} remove={(id) => deleteKey(appId, id)} onCreated={onCreated} />;
}
