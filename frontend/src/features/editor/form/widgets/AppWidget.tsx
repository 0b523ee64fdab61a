/** Which published app is run as a node, with a way to go and look at it. Choosing one lays out what it asks for. */
import { useQuery } from "@tanstack/react-query";
import { ArrowUpRight, Workflow } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { workflowToolsQuery } from "@/api";
import { isObject, type JsonObject } from "@/graph";
import { Combobox, ErrorCard } from "@/kit";
import { useForm } from "../context";
import type { WidgetProps } from "../widget";
import styles from "./Widgets.module.css";

export function AppWidget({ value, onChange, field, label }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { appId } = useParams();
  const { node, configure, readOnly } = useForm();
  const apps = useQuery(workflowToolsQuery);
  const chosen = typeof value === "string" && value !== "" ? value : null;
  if (apps.isError) return <ErrorCard compact error={apps.error} onRetry={() => void apps.refetch()} />;
  const items = (apps.data?.items ?? []).filter((app) => app.app_id !== appId);
  const lost = chosen && apps.data && !items.some((app) => app.app_id === chosen) ? [{ value: chosen, label: t("apps.lost", { id: chosen.slice(0, 8) }) }] : [];
  const options = [...items.map((app) => ({ value: app.app_id, label: app.name, hint: `v${app.version}`, icon: <Workflow size={14} className={styles.model} /> })), ...lost];
  const choose = (id: string) => {
    const inputs = items.find((app) => app.app_id === id)?.inputs ?? [];
    if (field !== "app" || !Array.isArray(node.config.arguments)) return onChange(id);
    const before = new Map(node.config.arguments.filter(isObject).map((row): [string, JsonObject] => [String(row.name), row]));
    const rows = inputs.map((input) => before.get(input.name) ?? { name: input.name, mode: "variable", value: [] });
    configure({ ...node.config, app: id, version: null, arguments: rows }, field);
  };
  return (
    <>
      <Combobox label={label} disabled={readOnly} value={chosen} onChange={choose} options={options} placeholder={t("apps.choose")} empty={t("apps.none")} />
      {chosen && lost.length === 0 && <Link to={`/apps/${chosen}`} className={styles.link}>{t("apps.open")}<ArrowUpRight size={12} /></Link>}
    </>
  );
}
