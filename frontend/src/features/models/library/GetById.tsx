/** Downloads a model that the list does not name, by its id on the hub. */
import { useTranslation } from "react-i18next";
import { AskOne } from "./AskOne";

export function GetById({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation("models");
  return (
    <AskOne open={open} onOpenChange={onOpenChange} title={t("library.hub.title")} description={t("library.hub.lead")} field="id" label={t("library.hub.id")} hint={t("library.hub.hint")} placeholder="Qwen/Qwen3-0.6B" submit={t("library.get")} action={(actions, id) => actions.get(id)} />
  );
}
