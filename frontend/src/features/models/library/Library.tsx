/** The models of this machine for who keeps it: what is served, what is here, what could be had. */
import { useTranslation } from "react-i18next";
import { Card, ErrorCard, Skeleton } from "@/kit";
import { ModelList } from "./ModelList";
import { ServingStatus } from "./ServingStatus";
import { useLibrary } from "./useLibrary";

export function Library() {
  const { t } = useTranslation("models");
  const { data, isError, error, isPending, isEnabled, refetch } = useLibrary();
  if (data === null || !isEnabled) return null;
  return (
    <>
      {isPending && <Card><Skeleton width="30%" height={18} /><Skeleton width="70%" /></Card>}
      {isError && <ErrorCard title={t("library.notLoaded")} error={error} onRetry={() => void refetch()} />}
      {data && <ServingStatus library={data} />}
      {data && <ModelList library={data} />}
    </>
  );
}
