/** The settings that a test searches with: tried here, and made the knowledge base's own when they are better. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Dataset, type Retrieval, retrievalSettingsQuery, setRetrievalSettings, useMay } from "@/api";
import { Button, ErrorCard } from "@/kit";
import { changesOf } from "./changes";
import { RetrievalForm } from "./RetrievalForm";
import styles from "./RetrievalTest.module.css";
import { useRetrievalParts } from "./useRetrievalParts";

export function TestSettings({ dataset, stored, value, onChange }: { dataset: Dataset; stored: Retrieval; value: Retrieval; onChange: (value: Retrieval) => void }) {
  const { t } = useTranslation("retrieval");
  const client = useQueryClient();
  const mayEdit = useMay("editor");
  const parts = useRetrievalParts(dataset);
  const changes = changesOf(stored, value);
  const isChanged = Object.keys(changes).length > 0;
  const save = useMutation({
    mutationFn: () => setRetrievalSettings(dataset.id, changes),
    onSuccess: (kept) => {
      client.setQueryData(retrievalSettingsQuery(dataset.id).queryKey, kept);
      onChange(kept);
    },
  });
  return (
    <aside className={styles.side} aria-label={t("test.settings")}>
      <header className={styles.sideHead}>{t("test.settings")}</header>
      <p className={styles.note}>{t("test.settingsNote")}</p>
      <RetrievalForm value={value} onChange={onChange} {...parts} />
      {save.isError && <ErrorCard compact title={t("test.notKept")} error={save.error} />}
      <div className={styles.buttons}>
        <span className={styles.saved} role="status">
          {save.isSuccess && !isChanged && t("test.kept")}
        </span>
        <Button disabled={!isChanged} onClick={() => onChange(stored)}>
          {t("test.reset")}
        </Button>
        {mayEdit && (
          <Button variant="primary" disabled={!isChanged} loading={save.isPending} onClick={() => save.mutate()}>
            {t("test.keep")}
          </Button>
        )}
      </div>
    </aside>
  );
}
