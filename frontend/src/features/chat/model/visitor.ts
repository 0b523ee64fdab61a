/** Who this browser is to one site, and which conversation or run was open: kept by the page itself, since cookies fail in frames. */

export interface VisitorStore {
  token: () => string | null;
  keepToken: (token: string | null) => void;
  conversation: () => string | null;
  keepConversation: (id: string | null) => void;
  /** The run of a workflow that has not ended. */
  run: () => string | null;
  keepRun: (id: string | null) => void;
}

export function visitorStore(code: string): VisitorStore {
  const token = slot(`weft.visitor.${code}`);
  const conversation = slot(`weft.conversation.${code}`);
  const run = slot(`weft.run.${code}`);
  return { run: run.read, keepRun: run.write, token: token.read, keepToken: token.write, conversation: conversation.read, keepConversation: conversation.write };
}

/** One value in localStorage; where storage is closed to us (a private window, a strict frame) it lives as long as the page. */
function slot(key: string) {
  let memory: string | null = null;
  return {
    read(): string | null {
      try {
        return localStorage.getItem(key);
      } catch {
        return memory;
      }
    },
    write(value: string | null): void {
      memory = value;
      try {
        if (value === null) localStorage.removeItem(key);
        else localStorage.setItem(key, value);
      } catch {
        // kept in memory above
      }
    },
  };
}
