/** Which knowledge bases to search. */
import { useQuery } from "@tanstack/react-query";
import { BookOpenText } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { datasetsQuery } from "@/api";
import { Combobox, ErrorCard } from "@/kit";
import { useForm } from "../context";
import type { WidgetProps } from "../widget";
import styles from "./Widgets.module.css";

export function DatasetsWidget({ value, onChange, label }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  const datasets = useQuery(datasetsQuery);
  const ids = Array.isArray(value) ? value.map(String) : [];
  if (datasets.isError) return <ErrorCard compact error={datasets.error} onRetry={() => void datasets.refetch()} />;
  const items = datasets.data?.items ?? [];
  const lost = ids.filter((id) => datasets.data && !items.some((dataset) => dataset.id === id));
  const options = [
    ...items.map((dataset) => ({
      value: dataset.id,
      label: dataset.name,
      hint: t("datasets.documents", { count: dataset.document_count }),
      icon: <BookOpenText size={14} className={styles.knowledge} />,
    })),
    ...lost.map((id) => ({ value: id, label: t("datasets.lost", { id: id.slice(0, 8) }) })),
  ];
  return (
    <>
      <Combobox multiple label={label} disabled={readOnly} value={ids} onChange={onChange} options={options} placeholder={t("datasets.choose")} empty={t("datasets.none")} />
      <Link to="/knowledge" className={styles.link}>{t("datasets.manage")}</Link>
    </>
  );
}
