/** A chat app's page: conversations on the left, the talk in the middle, an opened source on the right. */
import { useState } from "react";
import { isOpen } from "@/kit/chat";
import { type OpenSite } from "./useSite";
import { ConversationList } from "./ConversationList";
import styles from "./ChatPage.module.css";
import { SiteHeader } from "./SiteHeader";
import { SourcePanel } from "./SourcePanel";
import { Talk } from "./Talk";
import { useDrawForm } from "./useDrawForm";
import { useListOpen } from "./useListOpen";
import { useSession } from "./useSession";

export interface OpenedSource {
  messageId: string;
  number: number;
}

export function ChatPage({ site, client, store, onForget }: OpenSite & { onForget: () => void }) {
  const [state, session] = useSession(client, store);
  const [source, setSource] = useState<OpenedSource | undefined>();
  const list = useListOpen();
  const drawForm = useDrawForm(site, client, session);
  const cited = source && state.turns.find((turn) => turn.messageId === source.messageId)?.citations;
  const go = (how: () => void) => () => {
    setSource(undefined);
    list.closeIfOver();
    how();
  };
  const fresh = go(() => session.fresh());

  return (
    <div className={styles.page}>
      {list.open && (
        <ConversationList
          items={state.conversations}
          current={state.conversationId}
          onOpen={(id) => go(() => void session.open(id))()}
          onNew={fresh}
          onClose={list.toggle}
          onForget={onForget}
        />
      )}
      <div className={styles.main}>
        <SiteHeader title={site.title} onToggleList={list.toggle} listOpen={list.open} onNew={state.turns.length > 0 && !list.open ? fresh : undefined} />
        <div className={styles.stage}>
          <Talk
            site={site}
            state={state}
            busy={state.turns.some(isOpen)}
            source={source}
            sendFile={client.sendFile}
            onAsk={(query, inputs) => void session.ask(query, inputs)}
            onStop={() => void session.stop()}
            onRate={(id, rating) => void session.rate(id, rating)}
            onCite={(messageId, number) => setSource({ messageId, number })}
            drawForm={drawForm}
          />
          {source && cited && (
            <SourcePanel
              citations={cited}
              number={source.number}
              onShow={(number) => setSource({ ...source, number })}
              onClose={() => setSource(undefined)}
            />
          )}
        </div>
      </div>
    </div>
  );
}
