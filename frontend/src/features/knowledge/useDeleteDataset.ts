/** Deletes a knowledge base with time to undo. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { type Dataset, datasetKeys, deleteDataset } from "@/api";
import { useUndo } from "@/kit";

/** What a dataset's own page asks of the list as it leaves to it. */
export interface RemoveRequest {
  remove: Pick<Dataset, "id" | "name">;
}

export function useDeleteDataset() {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const offerUndo = useUndo();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const show = (id: string) => setHidden((now) => new Set([...now].filter((one) => one !== id)));
  const remove = (dataset: Pick<Dataset, "id" | "name">) => {
    setHidden((now) => new Set(now).add(dataset.id));
    offerUndo({
      message: t("deleted", { name: dataset.name }),
      undo: () => show(dataset.id),
      commit: async () => {
        try {
          await deleteDataset(dataset.id);
        } finally {
          await client.invalidateQueries({ queryKey: datasetKeys.all });
          show(dataset.id);
        }
      },
    });
  };
  useRemoveRequest(remove);
  return { hidden, remove };
}

function useRemoveRequest(remove: (dataset: RemoveRequest["remove"]) => void): void {
  const { state } = useLocation() as { state: Partial<RemoveRequest> | null };
  const navigate = useNavigate();
  const asked = state?.remove;
  const done = useRef<string | null>(null);
  useEffect(() => {
    if (!asked || done.current === asked.id) return;
    done.current = asked.id;
    void navigate(".", { replace: true, state: null });
    remove(asked);
  });
}
