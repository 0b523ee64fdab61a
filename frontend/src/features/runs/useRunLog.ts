/** Everything about one run: its row, its graph, its events, live while it is under way. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { api, followRun, getVersion, nodeKindsQuery, runLogQuery, runQuery, type Draft, type Run, type RunSnapshot } from "@/api";
import { kindMap, type Definition, type Kinds, type NodeKind, type RunEvent } from "@/graph";
import { refreshRun } from "./waits/refresh";
import { whole } from "./whole";

export interface RunLog {
  run: RunSnapshot | undefined;
  document: Definition | null | undefined;
  kinds: Kinds | undefined;
  events: readonly RunEvent[];
  error: unknown;
  retry: () => void;
}

const NONE: readonly RunEvent[] = [];
const OVER = new Set(["finished", "failed", "stopped"]);
/** After these the run's row says something else, or other things are waited for. */
const CHANGES = new Set<RunEvent["type"]>(["run_paused", "run_finished", "run_failed", "run_stopped", "node_waiting", "node_resumed"]);

export function useRunLog(appId: string, runId: string): RunLog {
  const run = useQuery(runQuery(runId));
  const log = useQuery(runLogQuery<RunEvent>(runId));
  const kinds = useQuery(nodeKindsQuery);
  const document = useQuery({
    queryKey: ["runs", runId, "document"],
    queryFn: () => graphOf(appId, run.data as RunWithGraph),
    enabled: run.data !== undefined,
    staleTime: Infinity,
  });
  const stored = log.data?.items ?? NONE;
  const live = useLive(runId, run.data !== undefined && log.data !== undefined && !OVER.has(run.data.status), stored);
  const known = useMemo(() => kinds.data && kindMap(kinds.data.items as unknown as NodeKind[]), [kinds.data]);
  const drawn = useMemo(() => document.data && known && whole(document.data, known), [document.data, known]);
  return {
    run: run.data,
    document: document.isError || document.data === null ? null : drawn,
    kinds: known,
    events: live.length > 0 ? [...stored, ...live] : stored,
    error: run.error ?? log.error ?? kinds.error,
    retry: () => void Promise.all([run.refetch(), log.refetch(), kinds.refetch()]),
  };
}

type RunWithGraph = Run & { document?: Definition };

/** The graph the run was made with: its own, its version's, or for a run of the draft the draft as it is. */
async function graphOf(appId: string, run: RunWithGraph): Promise<Definition | null> {
  if (run.document) return run.document;
  if (run.version !== null) return (await getVersion<Definition>(appId, run.version)).document ?? null;
  return (await api.get<Draft<Definition>>(`/apps/${appId}/draft`)).document;
}

/** Events that come after those already stored. */
function useLive(runId: string, follow: boolean, stored: readonly RunEvent[]): readonly RunEvent[] {
  const client = useQueryClient();
  const [live, setLive] = useState<readonly RunEvent[]>(NONE);
  const after = stored.at(-1)?.seq ?? 0;
  useEffect(() => {
    if (!follow) return;
    const onEvent = (event: RunEvent) => {
      setLive((now) => [...now, event]);
      if (CHANGES.has(event.type)) refreshRun(client, runId);
    };
    const onReset = () => {
      setLive(NONE);
      client.setQueryData(runLogQuery<RunEvent>(runId).queryKey, (log) => log && { ...log, items: [] });
    };
    return followRun<RunEvent>(runId, { onEvent, onReset }, after);
    // The cursor is read once: later stored events are the ones that came live.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [follow, runId, client]);
  return live;
}
