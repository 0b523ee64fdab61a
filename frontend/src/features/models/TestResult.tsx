/** What trying a provider's connection showed. */
import { CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type ProviderTest } from "@/api";
import { ErrorCard, useFormat } from "@/kit";
import styles from "./TestResult.module.css";

export function TestResult({ test }: { test: ProviderTest }) {
  const { t } = useTranslation("models");
  const format = useFormat();
  if (!test.ok) {
    return <ErrorCard compact title={t("test.failed")} error={test.error ?? { code: "provider_silent", message: t("test.noReason") }} where={format.duration(test.elapsed_ms)} />;
  }
  return (
    <p className={styles.ok} role="status">
      <CircleCheck size={16} />
      {t("test.ok", { time: format.duration(test.elapsed_ms) })}
      {test.models && test.models.length > 0 && <span>{t("test.models", { count: test.models.length })}</span>}
    </p>
  );
}
