/** The app's own limits: they hold at once and for every version, whatever its graph allows. Saved as they are typed. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { appLimitsQuery, setAppLimits, useMay, type RunLimits } from "@/api";
import type { Limits } from "@/graph";
import { ErrorCard } from "@/kit";
import tabs from "../panel/Tabs.module.css";
import { LimitRows } from "./LimitRows";

const PAUSE_MS = 600;

export function AppLimits() {
  const { t } = useTranslation("editor");
  const { appId } = useParams();
  const stored = useQuery({ ...appLimitsQuery(appId ?? ""), enabled: appId !== undefined });
  if (!appId) return null;
  return (
    <section className={tabs.section}>
      <h5 className={tabs.caption}>{t("app.limitsOfApp")}</h5>
      {stored.isError && <ErrorCard compact error={stored.error} onRetry={() => void stored.refetch()} />}
      {stored.data && <Rows appId={appId} stored={stored.data} />}
    </section>
  );
}

function Rows({ appId, stored }: { appId: string; stored: RunLimits & { workspace: RunLimits } }) {
  const { t } = useTranslation("editor");
  const mayChange = useMay("editor");
  const [limits, setLimits] = useState<Limits>(stored);
  const { change, failed, retry, saved } = useSaved(appId);
  return (
    <>
      <p className={tabs.quiet}>{t("app.limitsOfAppHint")}</p>
      <LimitRows limits={limits} otherwise={stored.workspace} disabled={!mayChange} onChange={(next) => { setLimits(next); change(next); }} />
      <p className={tabs.quiet} role="status">{saved ? t("app.limitsSaved") : ""}</p>
      {failed !== null && <ErrorCard compact title={t("app.limitsNotSaved")} error={failed} onRetry={retry} />}
    </>
  );
}

/** Sends what was typed when typing pauses, and when the panel closes. */
function useSaved(appId: string) {
  const client = useQueryClient();
  const { mutate, variables, error, isSuccess } = useMutation({
    mutationFn: (next: Limits) => setAppLimits(appId, { wall_s: next.wall_s ?? null, tokens: next.tokens ?? null, cost: next.cost ?? null, steps: next.steps ?? null }),
    onSuccess: (now) => client.setQueryData(appLimitsQuery(appId).queryKey, now),
  });
  const waiting = useRef<Limits | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const send = useRef(() => undefined as void);
  useEffect(() => {
    send.current = () => {
      if (waiting.current) mutate(waiting.current);
      waiting.current = null;
    };
  }, [mutate]);
  useEffect(() => () => {
    clearTimeout(timer.current);
    send.current();
  }, []);
  const change = (next: Limits) => {
    waiting.current = next;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => send.current(), PAUSE_MS);
  };
  return { change, failed: error, saved: isSuccess, retry: () => variables && mutate(variables) };
}
