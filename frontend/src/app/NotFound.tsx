/** No page at this address. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Button, EmptyState } from "@/kit";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <main>
      <title>{`${t("notFound.title")} · Weft`}</title>
      <EmptyState picture="search" title={t("notFound.title")} text={t("notFound.text", { path: location.pathname })} action={<Button asChild><Link to="/apps">{t("toApps")}</Link></Button>} />
    </main>
  );
}
