/** Keys that open the workspace's knowledge to other programs. */
import { useTranslation } from "react-i18next";
import { createDatasetKey, datasetKeysQuery, deleteDatasetKey, useMay } from "@/api";
import { KeyList } from "./KeyList";

export function DatasetKeys() {
  const { t } = useTranslation("publish");
  if (!useMay("editor")) return null;
  return <KeyList title={t("datasetKeys.title")} lead={t("datasetKeys.lead")} query={datasetKeysQuery} create={createDatasetKey} remove={deleteDatasetKey} />;
}
