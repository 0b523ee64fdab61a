/** The knowledge base from outside: whether knowledge keys open it, and how to ask it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type Dataset, type DatasetSettings, datasetSettingsQuery, updateDatasetSettings } from "@/api";
import { Card, CodeBlock, ErrorCard } from "@/kit";
import { Toggle } from "../parts/Toggle";
import styles from "./Settings.module.css";

export function ApiCard({ dataset, settings, mayEdit }: { dataset: Dataset; settings: DatasetSettings; mayEdit: boolean }) {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const change = useMutation({ mutationFn: (on: boolean) => updateDatasetSettings(dataset.id, { api_enabled: on }), onSuccess: (kept) => client.setQueryData(datasetSettingsQuery(dataset.id).queryKey, kept) });
  const at = `${window.location.origin}/v1/datasets/${dataset.id}`;
  const post = (path: string, body: object) => `curl -X POST ${at}${path} \\\n  -H "Authorization: Bearer $KNOWLEDGE_KEY" \\\n  -H "Content-Type: application/json" \\\n  -d '${JSON.stringify(body)}'`;
  return (
    <Card title={t("settings.api.title")}>
      <Toggle label={t("settings.api.on")} note={t("settings.api.onNote")} checked={settings.api_enabled} disabled={!mayEdit || change.isPending} onChange={(on) => change.mutate(on)} />
      {change.isError && <ErrorCard compact title={t("settings.api.notChanged")} error={change.error} />}
      <CodeBlock
        samples={[
          { id: "search", label: t("settings.api.search"), language: "bash", code: post("/retrieve", { query: "How often must the reed be oiled?" }) },
          { id: "add", label: t("settings.api.add"), language: "bash", code: post("/document/create-by-text", { name: "Notes", text: "…", indexing_technique: "high_quality", process_rule: { mode: "automatic" } }) },
        ]}
      />
      <p className={styles.note}>
        {t("settings.api.keys")} <Link to="/settings">{t("settings.api.toKeys")}</Link>
      </p>
    </Card>
  );
}
