/** Opens a public site by its code: the one fetch that everything else on the page waits for. */
import { useCallback, useEffect, useState } from "react";
import { siteClient, SiteError, type Site, type SiteClient } from "../model/client";
import { visitorStore, type VisitorStore } from "../model/visitor";

export interface OpenSite {
  site: Site;
  client: SiteClient;
  store: VisitorStore;
}

export type SiteState =
  | { status: "loading" }
  | { status: "closed" }
  | { status: "failed"; error: unknown }
  | ({ status: "open" } & OpenSite);

export interface SiteHandle {
  state: SiteState;
  retry: () => void;
  /** Become a new visitor: the conversations of the old one are out of reach from this browser. */
  forget: () => void;
}

export function useSite(code: string): SiteHandle {
  const [state, setState] = useState<SiteState>({ status: "loading" });
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    let current = true;
    setState({ status: "loading" });
    const store = visitorStore(code);
    const client = siteClient(code, store.token);
    client.open().then(
      (site) => {
        store.keepToken(site.visitor);
        if (current) setState({ status: "open", site, client, store });
      },
      (error: unknown) => {
        const closed = error instanceof SiteError && error.status === 404;
        if (current) setState(closed ? { status: "closed" } : { status: "failed", error });
      },
    );
    return () => {
      current = false;
    };
  }, [code, attempt]);

  const retry = useCallback(() => setAttempt((n) => n + 1), []);
  const forget = useCallback(() => {
    const store = visitorStore(code);
    store.keepToken(null);
    store.keepConversation(null);
    store.keepRun(null);
    retry();
  }, [code, retry]);
  return { state, retry, forget };
}
