/** Which model answers, and how it is asked. */
import { useQuery } from "@tanstack/react-query";
import { SlidersHorizontal, Sparkles } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { modelsQuery } from "@/api";
import { isObject, type JsonObject } from "@/graph";
import { Button, Combobox, ErrorCard, Popover, Tag } from "@/kit";
import { useForm } from "../context";
import type { WidgetProps } from "../widget";
import { ModelParams } from "./ModelParams";
import styles from "./Widgets.module.css";

export function ModelWidget({ value, onChange, label }: WidgetProps) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  const models = useQuery(modelsQuery("chat"));
  const model: JsonObject = isObject(value) ? value : { provider: "", name: "", params: {} };
  const params = isObject(model.params) ? model.params : {};
  const chosen = model.name ? keyOf(String(model.provider), String(model.name)) : null;
  const items = models.data?.items ?? [];
  const known = items.find((item) => keyOf(item.provider, item.name) === chosen);
  const options = items.map((item) => ({
    value: keyOf(item.provider, item.name),
    label: item.name,
    group: item.provider_name,
    icon: <Sparkles size={14} className={styles.model} />,
    ...(item.note_code ? { hint: t(`models.${item.note_code}`, { defaultValue: "" }) } : {}),
  }));
  const lost = chosen && models.data && !known ? [{ value: chosen, label: String(model.name), hint: t("models.lost") }] : [];
  const choose = (key: string) => {
    const [provider = "", name = ""] = key.split("\n");
    onChange({ ...model, provider, name });
  };
  const warmth = params.temperature;
  return (
    <>
      <div className={styles.modelRow}>
        <Combobox label={label} disabled={readOnly} value={chosen} onChange={choose} options={[...options, ...lost]} placeholder={t("models.choose")} empty={t("models.none")} className={styles.grow} />
        <Popover
          align="end"
          trigger={
            <Button size="md" icon={<SlidersHorizontal />} aria-label={t("models.params")}>
              {typeof warmth === "number" && <Tag>{t("models.warmth", { value: warmth })}</Tag>}
            </Button>
          }
        >
          <ModelParams params={params} readOnly={readOnly} onChange={(next) => onChange({ ...model, params: next })} />
        </Popover>
      </div>
      {known?.note_code && <p className={styles.note}>{t(`models.${known.note_code}_note`, { defaultValue: "" })}</p>}
      {models.isError && <ErrorCard compact error={models.error} onRetry={() => void models.refetch()} />}
      {models.data && items.length === 0 && <Link to="/models" className={styles.link}>{t("models.connect")}</Link>}
    </>
  );
}

function keyOf(provider: string, name: string): string {
  return `${provider}\n${name}`;
}
