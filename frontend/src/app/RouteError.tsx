/** A page that broke while loading or drawing: says what, and offers the way on. */
import { useTranslation } from "react-i18next";
import { isRouteErrorResponse, useRouteError } from "react-router";
import { Button, ErrorCard } from "@/kit";
import { NotFound } from "./NotFound";
import styles from "./RouteError.module.css";

export function RouteError() {
  const { t } = useTranslation();
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFound />;
  return (
    <main className={styles.place}>
      <ErrorCard
        error={described(error)}
        title={t("pageBroke")}
        where={location.pathname}
        onRetry={() => location.reload()}
        actions={<Button size="sm" asChild><a href="/apps">{t("toApps")}</a></Button>}
      />
    </main>
  );
}

/** A chunk that is gone (a new release while the tab was open) is its own case: reloading heals it. */
function described(error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error);
  if (/dynamically imported module|importing a module script/i.test(message)) return { code: "page_outdated", message };
  return { code: "page_error", message };
}
