/** Where models come from: the server that comes with Weft, and providers by address and key. */
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Provider, providersQuery, useMay } from "@/api";
import { Button, Card, Dialog, EmptyState, ErrorCard, Page, Skeleton } from "@/kit";
import { BuiltinCard } from "./BuiltinCard";
import { Library } from "./library/Library";
import styles from "./ModelsPage.module.css";
import { ProviderCard } from "./ProviderCard";
import { ProviderForm } from "./ProviderForm";
import { useRemoveProvider } from "./useRemoveProvider";

type Editing = "none" | "new" | Provider;

export function ModelsPage() {
  const { t } = useTranslation("models");
  const providers = useQuery(providersQuery);
  const [editing, setEditing] = useState<Editing>("none");
  const { hidden, remove } = useRemoveProvider();
  const own = (providers.data?.items ?? []).filter((provider) => !provider.builtin && !hidden.has(provider.slug));
  const mayChange = useMay("admin");
  const add = mayChange && <Button variant="primary" icon={<Plus />} onClick={() => setEditing("new")}>{t("add")}</Button>;

  return (
    <Page title={t("title")} description={t("lead")} actions={add}>
      <section className={styles.section}>
        <h2 className={styles.heading}>{t("library.title")}</h2>
        <BuiltinCard />
        <Library />
      </section>
      <section className={styles.section}>
        <h2 className={styles.heading}>{t("providers")}</h2>
        {providers.isPending && <Card><Skeleton width="30%" height={18} /><Skeleton width="70%" /></Card>}
        {providers.isError && <ErrorCard title={t("notLoaded")} error={providers.error} onRetry={() => void providers.refetch()} />}
        {providers.isSuccess && own.length === 0 && <Card><EmptyState compact picture="models" title={t("empty.title")} text={t(mayChange ? "empty.text" : "empty.askAdmin")} action={add} /></Card>}
        {own.map((provider) => <ProviderCard key={provider.slug} provider={provider} onEdit={() => setEditing(provider)} onRemove={() => remove(provider)} />)}
      </section>
      <Dialog open={editing !== "none"} onOpenChange={(open) => !open && setEditing("none")} title={editing === "new" ? t("form.addTitle") : t("form.editTitle")} description={t("form.lead")} width="md">
        <ProviderForm {...(typeof editing === "object" ? { provider: editing } : {})} onDone={() => setEditing("none")} onCancel={() => setEditing("none")} />
      </Dialog>
    </Page>
  );
}
