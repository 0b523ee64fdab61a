/** Deletes an external service with time to undo. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { deleteExternalService, type ExternalService, externalServicesQuery } from "@/api";
import { useUndo } from "@/kit";

export function useDeleteService() {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const offerUndo = useUndo();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [failure, setFailure] = useState<unknown>(null);
  const show = (id: string) => setHidden((now) => new Set([...now].filter((one) => one !== id)));
  const remove = (service: ExternalService) => {
    setFailure(null);
    setHidden((now) => new Set(now).add(service.id));
    offerUndo({
      message: t("deleted", { name: service.name }),
      undo: () => show(service.id),
      commit: async () => {
        try {
          await deleteExternalService(service.id);
        } catch (error) {
          setFailure(error);
        } finally {
          await client.invalidateQueries({ queryKey: externalServicesQuery.queryKey });
          show(service.id);
        }
      },
    });
  };
  return { hidden, failure, remove };
}
