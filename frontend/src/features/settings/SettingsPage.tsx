/** Profile, look and language, workspace, limits; `children` are sections of other features. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "@/api";
import { ErrorCard, Page } from "@/kit";
import { LimitsCard } from "./LimitsCard";
import { LookCard } from "./LookCard";
import { ProfileCard } from "./ProfileCard";
import { WorkspaceCard } from "./WorkspaceCard";

export function SettingsPage({ children }: { children?: ReactNode }) {
  const { t } = useTranslation("settings");
  const session = useQuery(sessionQuery);
  return (
    <Page title={t("title")} width="column">
      {session.isError && <ErrorCard title={t("notLoaded")} error={session.error} onRetry={() => void session.refetch()} />}
      {session.data && (
        <>
          <ProfileCard session={session.data} />
          <LookCard />
          <WorkspaceCard session={session.data} />
          <LimitsCard />
          {children}
        </>
      )}
    </Page>
  );
}
