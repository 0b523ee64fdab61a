/** Copies an app; deletes one, with a way back. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type App, appKeys, deleteApp, duplicateApp, restoreApp } from "@/api";
import { useUndo } from "@/kit";

export function useAppActions() {
  const { t } = useTranslation("apps");
  const client = useQueryClient();
  const offerUndo = useUndo();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const hide = (id: string) => setHidden((now) => new Set(now).add(id));
  const show = (id: string) => setHidden((now) => new Set([...now].filter((one) => one !== id)));
  const refresh = () => client.invalidateQueries({ queryKey: appKeys.all });

  const duplicate = useMutation({ mutationFn: (app: App) => duplicateApp(app.id), onSuccess: refresh });
  const restore = useMutation({ mutationFn: (app: App) => restoreApp(app.id), onSuccess: async (_, app) => { await refresh(); show(app.id); } });
  const remove = useMutation({
    mutationFn: (app: App) => deleteApp(app.id),
    onMutate: (app) => hide(app.id),
    onError: (_, app) => show(app.id),
    onSuccess: (_, app) => offerUndo({ message: t("deleted", { name: app.name }), undo: () => restore.mutate(app), commit: refresh }),
  });
  return { hidden, duplicate, remove, restore };
}
