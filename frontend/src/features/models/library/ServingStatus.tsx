/** Which model answers here now, what is coming in its place, and what the machine has to give. */
import { CircleStop, Cpu } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type ModelLibrary, type Serving } from "@/api";
import { Button, Card, ErrorCard, Progress, State, Tag, type Tone, useFormat } from "@/kit";
import { MachineFacts } from "./MachineFacts";
import { nameOf } from "./nameOf";
import styles from "./ServingStatus.module.css";
import { useLibraryAction } from "./useLibrary";

const TONES: Readonly<Record<Serving["state"], Tone>> = { empty: "neutral", serving: "ok", draining: "warn", loading: "run", returning: "run", failed: "bad" };

export function ServingStatus({ library: { serving, machine, models } }: { library: ModelLibrary }) {
  const { t } = useTranslation("models");
  const act = useLibraryAction();
  const { state } = serving;
  const changing = state === "draining" || state === "loading" || state === "returning";
  const names = { name: nameOf(models, serving.key), next: nameOf(models, serving.next_key) };
  return (
    <Card>
      <div className={styles.head}>
        <span className={styles.icon}><Cpu size={18} /></span>
        <div className={styles.words}>
          <div className={styles.name}>
            <h3>{serving.key && !changing ? names.name : t(`library.serving.${state}`, names)}</h3>
            {serving.key && !changing && <State tone={TONES[state]}>{t(`library.state.${state}`)}</State>}
            {state === "serving" && serving.quantization && serving.quantization !== "none" && <Tag>{serving.quantization.toUpperCase()}</Tag>}
          </div>
          <p className={styles.facts}>{t(`library.about.${state}`, { ...names, count: serving.running })}</p>
          {state === "serving" && serving.from_command_line && <p className={styles.aside}>{t("library.fromCommandLine")}</p>}
        </div>
        {state === "serving" && <Button size="sm" icon={<CircleStop />} loading={act.isPending} onClick={() => act.mutate((actions) => actions.stop())}>{t("library.stop")}</Button>}
      </div>
      {changing && <Loading serving={serving} />}
      {serving.error && <ErrorCard compact title={t("library.notServed", { name: nameOf(models, serving.error.key ?? serving.next_key) })} error={serving.error} />}
      {act.isError && <ErrorCard compact error={act.error} />}
      <MachineFacts machine={machine} />
    </Card>
  );
}

function Loading({ serving: { state, done_bytes, total_bytes, eta_s } }: { serving: Serving }) {
  const { t } = useTranslation("models");
  const format = useFormat();
  const isKnown = done_bytes !== null && total_bytes !== null && total_bytes > 0;
  return (
    <div className={styles.loading}>
      <Progress value={isKnown ? done_bytes / total_bytes : null} tone={TONES[state]} label={t(`library.state.${state}`)} />
      <p className={styles.numbers}>
        {isKnown && <span>{t("library.bytesOf", { done: format.bytes(done_bytes), total: format.bytes(total_bytes) })}</span>}
        {eta_s !== null && <span>{t("library.left", { time: format.remaining(eta_s) })}</span>}
      </p>
    </div>
  );
}
