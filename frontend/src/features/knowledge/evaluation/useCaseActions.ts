/** What can be done to cases: switched on and off, deleted with time to undo. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Case, deleteCases, evaluationKeys, updateCase } from "@/api";
import { useUndo } from "@/kit";

export function useCaseActions(datasetId: string) {
  const { t } = useTranslation("evaluation");
  const client = useQueryClient();
  const offerUndo = useUndo();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [failure, setFailure] = useState<unknown>(null);
  const refresh = () => client.invalidateQueries({ queryKey: evaluationKeys.cases(datasetId) });
  const enable = async (id: string, on: boolean) => {
    setFailure(null);
    try {
      await updateCase(id, { is_enabled: on });
      await refresh();
    } catch (error) {
      setFailure(error);
    }
  };
  const remove = (gone: readonly Case[]) => {
    const [first] = gone;
    if (!first) return;
    const ids = gone.map((one) => one.id);
    const show = () => setHidden((now) => new Set([...now].filter((id) => !ids.includes(id))));
    setHidden((now) => new Set([...now, ...ids]));
    offerUndo({
      message: t("case.deleted", { count: gone.length }),
      undo: show,
      commit: async () => {
        try {
          await deleteCases(datasetId, ids);
          await refresh();
        } catch (error) {
          setFailure(error);
        } finally {
          show();
        }
      },
    });
  };
  return { hidden, failure, remove, enable: (id: string, on: boolean) => void enable(id, on) };
}
