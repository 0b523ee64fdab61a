/** The inference server that comes with Weft, and what each of its models is and is not. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Model, modelsQuery, testProvider, useMay } from "@/api";
import { Card, ErrorCard, Logo, Skeleton, State, Tag } from "@/kit";
import styles from "./ProviderCard.module.css";

const BUILTIN = "weft";

export function BuiltinCard() {
  const { t } = useTranslation("models");
  const models = useQuery(modelsQuery());
  // The list of models names what the server always has; only asking it shows that it answers.
  const health = useQuery({ queryKey: ["providers", BUILTIN, "health"], queryFn: () => testProvider(BUILTIN), enabled: useMay("editor") });
  const own = (models.data?.items ?? []).filter((model) => model.provider === BUILTIN);
  return (
    <Card>
      <div className={styles.head}>
        <Logo size={36} />
        <div className={styles.words}>
          <h3 className={styles.name}>{t("builtin.title")}{health.data && <State tone={health.data.ok ? "ok" : "bad"}>{t(health.data.ok ? "builtin.running" : "builtin.silent")}</State>}</h3>
          <p className={styles.facts}>{t("builtin.lead")}</p>
        </div>
      </div>
      {health.data?.error && <ErrorCard compact title={t("builtin.silent")} error={health.data.error} onRetry={() => void health.refetch()} />}
      {models.isPending && <Skeleton width="50%" />}
      {models.isError && <ErrorCard compact title={t("notLoaded")} error={models.error} onRetry={() => void models.refetch()} />}
      {own.length > 0 && <div className={styles.rows}>{own.map((model) => <Row key={model.name} model={model} />)}</div>}
    </Card>
  );
}

function Row({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const note = t(`note.${model.note_code ?? "served"}`, { defaultValue: t("note.served") });
  return (
    <div className={styles.row}>
      <code>{model.name}</code>
      <Tag tone={model.kind === "chat" ? "accent" : "neutral"}>{t(`kind.${model.kind}`)}</Tag>
      <p>{note}</p>
    </div>
  );
}
