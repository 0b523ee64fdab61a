/** /chat/:code: the app as its user sees it. Works without login and without cookies, alone or in a frame. */
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { ErrorCard, Spinner } from "@/kit";
import { ChatPage } from "./ChatPage";
import { ClosedPage } from "./ClosedPage";
import { useHostKeys } from "./host";
import styles from "./PublicChatPage.module.css";
import { useSite } from "./useSite";
import { WorkflowPage } from "./WorkflowPage";

export function PublicChatPage() {
  return (
    <Suspense fallback={null}>
      <SitePage />
    </Suspense>
  );
}

function SitePage() {
  const { t } = useTranslation("chat");
  const { code = "" } = useParams();
  const { state, retry, forget } = useSite(code);
  useHostKeys();

  if (state.status === "loading") {
    return (
      <div className={styles.middle}>
        <Spinner size={22} label={t("page.loading")} />
      </div>
    );
  }
  if (state.status === "closed") return <ClosedPage />;
  if (state.status === "failed") {
    return (
      <main className={styles.middle}>
        <div className={styles.card}>
          <ErrorCard error={state.error} title={t("page.notLoaded")} onRetry={retry} />
        </div>
      </main>
    );
  }
  const { site, client, store } = state;
  return (
    <>
      <title>{site.title}</title>
      {site.mode === "workflow" ? (
        <WorkflowPage key={site.visitor} site={site} client={client} store={store} />
      ) : (
        <ChatPage key={site.visitor} site={site} client={client} store={store} onForget={forget} />
      )}
    </>
  );
}
