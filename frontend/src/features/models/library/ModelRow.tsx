/** One model: what it is, how it fits, how far its download has come, and the one thing to do next. */
import { useTranslation } from "react-i18next";
import { type LibraryModel, type ModelLibrary } from "@/api";
import { ErrorCard, State, Tag } from "@/kit";
import { DownloadProgress } from "./DownloadProgress";
import { ModelFacts } from "./ModelFacts";
import { isInUse } from "./inUse";
import styles from "./ModelRow.module.css";
import { RowActions } from "./RowActions";
import { useLibraryAction } from "./useLibrary";

export function ModelRow({ model, library }: { model: LibraryModel; library: ModelLibrary }) {
  const { t } = useTranslation("models");
  const act = useLibraryAction();
  const { serving, network } = library;
  const isServed = model.key === serving.key && serving.state === "serving";
  const asksTerms = model.gated && model.state !== "ready";
  return (
    <li className={styles.row}>
      <div className={styles.body}>
        <p className={styles.name}>
          <b>{model.name}</b>
          {model.key === serving.next_key && <State tone="run" live>{t(`library.state.${serving.state}`)}</State>}
          {isServed ? <State tone="ok">{t("library.state.serving")}</State> : model.state === "ready" && model.source !== "directory" && !isInUse(model, library) && <State>{t("library.here")}</State>}
          {model.source === "directory" && <Tag>{t("library.fromDirectory")}</Tag>}
        </p>
        <ModelFacts model={model} />
        {asksTerms && <p className={styles.note}>{t("library.gated")} <a href={`${network.endpoint}/${model.id}`} target="_blank" rel="noreferrer">{model.id}</a></p>}
        {model.download && <DownloadProgress model={model} download={model.download} />}
        {model.problem && <ErrorCard compact title={t("library.broken")} error={model.problem} />}
        {act.isError && <ErrorCard compact title={t("library.refused", { name: model.name })} error={act.error} />}
      </div>
      <RowActions model={model} library={library} busy={act.isPending} onAct={act.mutate} />
    </li>
  );
}
