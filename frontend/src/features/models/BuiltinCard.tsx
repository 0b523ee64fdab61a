/** The inference server that comes with Weft, and what each of its models is and is not. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Model, modelsQuery } from "@/api";
import { Card, ErrorCard, Logo, Skeleton, State, Tag } from "@/kit";
import styles from "./ProviderCard.module.css";

export function BuiltinCard() {
  const { t } = useTranslation("models");
  const models = useQuery(modelsQuery());
  const own = (models.data?.items ?? []).filter((model) => model.provider === "weft");
  return (
    <Card>
      <div className={styles.head}>
        <Logo size={36} />
        <div className={styles.words}>
          <h2 className={styles.name}>{t("builtin.title")}{models.isSuccess && <State tone={own.length > 0 ? "ok" : "bad"}>{own.length > 0 ? t("builtin.running") : t("builtin.silent")}</State>}</h2>
          <p className={styles.facts}>{t("builtin.lead")}</p>
        </div>
      </div>
      {models.isPending && <Skeleton width="50%" />}
      {models.isError && <ErrorCard compact title={t("notLoaded")} error={models.error} onRetry={() => void models.refetch()} />}
      {own.length > 0 && <div className={styles.rows}>{own.map((model) => <Row key={model.name} model={model} />)}</div>}
    </Card>
  );
}

function Row({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const note = t(`note.${model.note_code ?? model.name}`, { defaultValue: t("note.served") });
  return (
    <div className={styles.row}>
      <code>{model.name}</code>
      <Tag tone={model.kind === "embedding" ? "neutral" : "accent"}>{t(`kind.${model.kind}`)}</Tag>
      <p>{note}</p>
    </div>
  );
}
