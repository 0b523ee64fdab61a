/** Size, licence, languages, and what this machine makes of a model. Unknown figures are left out. */
import { useTranslation } from "react-i18next";
import { type LibraryModel } from "@/api";
import { cx, useFormat } from "@/kit";
import styles from "./ModelFacts.module.css";

/** Tokens a second below which one waits for every word. */
const SLOW = 3;

export function ModelFacts({ model }: { model: LibraryModel }) {
  const { t } = useTranslation("models");
  const format = useFormat();
  const { fit, bytes, licence, chinese, size, context_tokens: context, problem } = model;
  const rate = fit.verdict === "no" || problem ? null : fit.tokens_per_s;
  const facts = [
    model.state !== "absent" && size && t(`library.size.${size}`),
    bytes !== null && format.bytes(bytes),
    licence,
    chinese && t(`library.chinese.${chinese}`),
    context !== null && t("library.context", { count: context, tokens: format.number(context) }),
  ];
  return (
    <>
      <p className={styles.facts}>{facts.filter(Boolean).map((fact) => <span key={String(fact)}>{fact}</span>)}</p>
      <p className={styles.facts}>
        {!problem && <Verdict fit={fit} />}
        {rate !== null && <span className={cx(rate < SLOW && styles.slow)}>{t(rate < SLOW ? "library.slow" : "library.speed", { rate: format.number(rounded(rate)) })}</span>}
        {model.path && <code>{model.path}</code>}
      </p>
    </>
  );
}

function Verdict({ fit }: { fit: LibraryModel["fit"] }) {
  const { t } = useTranslation("models");
  const format = useFormat();
  const bytes = { needed: format.bytes(fit.needed_bytes ?? 0), available: format.bytes(fit.available_bytes ?? 0) };
  const isMeasured = fit.needed_bytes !== null && fit.available_bytes !== null;
  const reason = fit.verdict === "no" && (fit.reason !== "memory_short" || isMeasured) ? fit.reason : null;
  return (
    <>
      <span className={cx(styles.verdict, styles[fit.verdict])} title={fit.message || undefined}>
        {reason ? t(`library.reason.${reason}`, { ...bytes, defaultValue: t("library.fit.no") }) : t(`library.fit.${fit.verdict}`, { as: fit.quantization.toUpperCase() })}
      </span>
      {fit.disk === "short" && <span className={cx(styles.verdict, styles.no)}>{t("library.diskShort")}</span>}
    </>
  );
}

/** Two figures: an estimate has no more. */
function rounded(value: number): number {
  return Number(value.toPrecision(2));
}
