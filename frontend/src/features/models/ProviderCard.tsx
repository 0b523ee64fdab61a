/** One provider: its address, its models, and whether it answers. */
import { useMutation } from "@tanstack/react-query";
import { Pencil, PlugZap, Server, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Provider, testProvider, useMay } from "@/api";
import { Button, Card, ErrorCard, IconButton, Tag } from "@/kit";
import styles from "./ProviderCard.module.css";
import { TestResult } from "./TestResult";

export function ProviderCard({ provider, onEdit, onRemove }: { provider: Provider; onEdit: () => void; onRemove: () => void }) {
  const { t } = useTranslation("models");
  const mayTest = useMay("editor");
  const mayChange = useMay("admin");
  const test = useMutation({ mutationFn: () => testProvider(provider.slug) });
  return (
    <Card>
      <div className={styles.head}>
        <span className={styles.icon}><Server size={18} /></span>
        <div className={styles.words}>
          <h3 className={styles.name}>{provider.name}</h3>
          <p className={styles.facts}><code>{provider.base_url}</code><span>{provider.has_key ? t("keySet", { hint: provider.key_hint ?? "" }) : t("noKey")}</span></p>
        </div>
        {mayTest && <Button size="sm" icon={<PlugZap />} loading={test.isPending} onClick={() => test.mutate()}>{t("test.button")}</Button>}
        {mayChange && <IconButton label={t("edit", { name: provider.name })} icon={<Pencil />} onClick={onEdit} />}
        {mayChange && <IconButton label={t("remove", { name: provider.name })} icon={<Trash2 />} onClick={onRemove} />}
      </div>
      <div className={styles.models}>
        {provider.models.length === 0 && <span className={styles.none}>{t("noModels")}</span>}
        {provider.models.map((model) => <Tag key={model.name} mono tone={model.kind === "chat" ? "accent" : "neutral"}>{model.name}</Tag>)}
      </div>
      {test.data && <TestResult test={test.data} />}
      {test.isError && <ErrorCard compact title={t("test.failed")} error={test.error} />}
    </Card>
  );
}
