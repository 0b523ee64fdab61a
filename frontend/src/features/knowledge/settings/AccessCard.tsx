/** Who of the workspace sees the knowledge base. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { accessQuery, type Permission, type Person, setAccess } from "@/api";
import { Card, Combobox, ErrorCard, Field, Segmented, Skeleton } from "@/kit";
import styles from "./Settings.module.css";

const PERMISSIONS: readonly Permission[] = ["all", "some", "only_me"];

export function AccessCard({ datasetId, people }: { datasetId: string; people: readonly Person[] }) {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const access = useQuery(accessQuery(datasetId));
  const change = useMutation({ mutationFn: (next: { permission: Permission; members?: string[] }) => setAccess(datasetId, next), onSuccess: (kept) => client.setQueryData(accessQuery(datasetId).queryKey, kept) });
  const data = access.data;
  return (
    <Card title={t("settings.access.title")} description={t(data && !data.may_change ? "settings.access.onlyMaker" : "settings.access.text")}>
      {access.isPending && <Skeleton height={34} />}
      {access.isError && <ErrorCard compact title={t("settings.processing.notLoaded")} error={access.error} onRetry={() => void access.refetch()} />}
      {data && (
        <div className={styles.form}>
          <div>
            <Segmented<Permission> label={t("settings.access.title")} value={data.permission} disabled={!data.may_change || change.isPending} onChange={(permission) => change.mutate({ permission })} options={PERMISSIONS.map((value) => ({ value, label: t(`settings.access.${value}`) }))} />
          </div>
          {data.permission === "some" && (
            <Field label={t("settings.access.some")}>
              <Combobox multiple disabled={!data.may_change} options={people.map((person) => ({ value: person.id, label: person.name || person.email, keywords: [person.email], hint: person.email }))} value={data.members.map((person) => person.id)} onChange={(members) => change.mutate({ permission: "some", members })} />
            </Field>
          )}
        </div>
      )}
      {change.isError && <ErrorCard compact title={t("settings.access.notChanged")} error={change.error} />}
    </Card>
  );
}
