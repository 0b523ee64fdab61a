/** What can be done to the document that is open, and what is wrong with it. Deleting leads back to the list, where it can be undone. */
import { useQueryClient } from "@tanstack/react-query";
import { Ellipsis, Pause, Play, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { datasetKeys, type DocumentAction, documentQuery, type KnowledgeDocument, steerDocuments, useMay } from "@/api";
import { ErrorCard, IconButton, Menu, useUndo } from "@/kit";
import { entriesOf } from "../documents/DocumentRow";
import { Trouble } from "../documents/Trouble";
import { canCancel, canPause, canResume } from "../stages";
import styles from "./DocumentPage.module.css";

export function DocumentActions({ document }: { document: KnowledgeDocument }) {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const navigate = useNavigate();
  const offerUndo = useUndo();
  const mayEdit = useMay("editor");
  const [failure, setFailure] = useState<unknown>(null);
  const { id, dataset_id: datasetId, name, stage } = document;
  const act = async (action: DocumentAction) => {
    setFailure(null);
    try {
      const { items } = await steerDocuments(datasetId, action, [id]);
      if (items[0]) client.setQueryData(documentQuery(id).queryKey, items[0]);
      await client.invalidateQueries({ queryKey: datasetKeys.documents(datasetId) });
    } catch (error) {
      setFailure(error);
    }
  };
  const remove = () => {
    void navigate(`/knowledge/${datasetId}`);
    offerUndo({
      message: t("deleted", { name }),
      undo: () => void navigate(`/knowledge/${datasetId}/documents/${id}`),
      commit: async () => {
        await steerDocuments(datasetId, "delete", [id]);
        await client.invalidateQueries({ queryKey: datasetKeys.one(datasetId) });
      },
    });
  };
  const entries = entriesOf(document, t, (action) => void act(action), remove);
  const trouble = <Trouble document={document} className={styles.trouble} onRetry={mayEdit ? () => void act("retry") : undefined} />;
  if (!mayEdit) return trouble;
  return (
    <>
      <div className={styles.actions}>
        {failure !== null && <ErrorCard compact title={t("actionFailed")} error={failure} />}
        {canPause(stage) && <IconButton label={t("pauseNamed", { name })} icon={<Pause />} disabled={document.stopping !== null} onClick={() => void act("pause")} />}
        {canCancel(stage) && <IconButton label={t("cancelNamed", { name })} icon={<X />} disabled={document.stopping !== null} onClick={() => void act("cancel")} />}
        {canResume(stage) && <IconButton label={t("resumeNamed", { name })} icon={<Play />} onClick={() => void act("resume")} />}
        <Menu trigger={<IconButton label={t("menu", { name })} icon={<Ellipsis />} />} entries={entries} />
      </div>
      {trouble}
    </>
  );
}
