/** Registers a directory of the model server's machine that holds a model. Nothing is copied. */
import { useTranslation } from "react-i18next";
import { AskOne } from "./AskOne";

export function AddDirectory({ roots, open, onOpenChange }: { roots: readonly string[]; open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation("models");
  return (
    <AskOne open={open} onOpenChange={onOpenChange} title={t("library.directory.title")} description={t("library.directory.lead")} field="path" label={t("library.directory.path")} hint={t("library.directory.hint", { roots: roots.join(", ") })} placeholder={`${roots[0] ?? "/srv/models"}/Qwen3-8B`} submit={t("library.directory.submit")} action={(actions, path) => actions.addDirectory(path)} />
  );
}
