/** A chat session as React state: made once for a site, read like a store, closed with the page. */
import { useEffect, useState, useSyncExternalStore } from "react";
import { type SiteClient } from "../model/client";
import { ChatSession, type ChatState } from "../model/session";
import { type VisitorStore } from "../model/visitor";

export function useSession(client: SiteClient, store: Pick<VisitorStore, "conversation" | "keepConversation">): [ChatState, ChatSession] {
  const [session] = useState(() => new ChatSession(client, store));
  useEffect(() => {
    void session.start();
    return session.close;
  }, [session]);
  return [useSyncExternalStore(session.subscribe, session.read), session];
}
