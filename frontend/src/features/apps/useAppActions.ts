/** Copies an app; deletes one with time to undo. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type App, appKeys, deleteApp, duplicateApp } from "@/api";
import { useUndo } from "@/kit";

export function useAppActions() {
  const { t } = useTranslation("apps");
  const client = useQueryClient();
  const offerUndo = useUndo();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const show = (id: string) => setHidden((now) => new Set([...now].filter((one) => one !== id)));
  const refresh = () => client.invalidateQueries({ queryKey: appKeys.all });

  const duplicate = useMutation({ mutationFn: duplicateApp, onSuccess: refresh });
  const remove = (app: App) => {
    setHidden((now) => new Set(now).add(app.id));
    offerUndo({
      message: t("deleted", { name: app.name }),
      undo: () => show(app.id),
      commit: async () => {
        try {
          await deleteApp(app.id);
          await refresh();
        } finally {
          show(app.id);
        }
      },
    });
  };
  return { hidden, duplicate, remove };
}
