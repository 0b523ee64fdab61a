/** The signed-in console: who has no session is led to sign in, and back to where they wanted to go. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, Outlet, useLocation, useMatch } from "react-router";
import { sessionQuery, type Session, tabSocket } from "@/api";
import { setLanguage } from "@/i18n";
import { ErrorCard } from "@/kit";
import { CommandPalette } from "./CommandPalette";
import styles from "./Console.module.css";
import { Loading } from "./Loading";
import { SessionContext } from "./sessionContext";
import { WorkspaceBar } from "./WorkspaceBar";

export function Console() {
  const { t } = useTranslation();
  const location = useLocation();
  const session = useQuery(sessionQuery);
  useProfileLanguage(session.data);

  if (session.isPending) return <Loading />;
  if (session.isError) {
    return <main className={styles.alone}><ErrorCard title={t("noServer")} error={session.error} onRetry={() => void session.refetch()} /></main>;
  }
  if (session.data === null) {
    const next = location.pathname + location.search;
    return <Navigate to={next === "/apps" ? "/signin" : `/signin?next=${encodeURIComponent(next)}`} replace />;
  }
  return <SessionContext.Provider value={session.data}><Frame /></SessionContext.Provider>;
}

function Frame() {
  useSocketSignOut();
  const inApp = useMatch("/apps/:appId/*");
  return (
    <div className={styles.frame}>
      {!inApp && <WorkspaceBar />}
      <main className={inApp ? styles.whole : styles.main}>
        <Suspense fallback={<Loading />}><Outlet /></Suspense>
      </main>
      <CommandPalette />
    </div>
  );
}

/** The socket hears of a session's end before any request is refused. */
function useSocketSignOut(): void {
  const client = useQueryClient();
  useEffect(() => tabSocket().watch((state) => state === "signed-out" && client.setQueryData(sessionQuery.queryKey, null)), [client]);
}

function useProfileLanguage(session: Session | null | undefined): void {
  const { i18n } = useTranslation();
  const wanted = session?.user.language;
  useEffect(() => {
    if (wanted && wanted !== i18n.language) void setLanguage(wanted);
  }, [wanted, i18n]);
}
