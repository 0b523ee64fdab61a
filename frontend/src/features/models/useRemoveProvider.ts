/** Takes a provider out of sight at once and out of the server when the time to undo is over. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { deleteProvider, type Provider } from "@/api";
import { useUndo } from "@/kit";

export function useRemoveProvider() {
  const { t } = useTranslation("models");
  const client = useQueryClient();
  const offerUndo = useUndo();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const show = (slug: string) => setHidden((now) => new Set([...now].filter((one) => one !== slug)));

  const remove = (provider: Provider) => {
    setHidden((now) => new Set(now).add(provider.slug));
    offerUndo({
      message: t("removed", { name: provider.name }),
      undo: () => show(provider.slug),
      commit: async () => {
        await deleteProvider(provider.slug).finally(() => show(provider.slug));
        await client.invalidateQueries({ queryKey: ["providers"] });
        await client.invalidateQueries({ queryKey: ["models"] });
      },
    });
  };
  return { hidden, remove };
}
