/** What this tab last ran and asked, kept over a reload. A closed tab forgets it. */
export interface Asked {
  runId: string;
  query: string;
}

export interface Talk {
  conversation: string | null;
  turns: Asked[];
}

const runKey = (appId: string) => `weft.run.${appId}`;
const talkKey = (appId: string) => `weft.talk.${appId}`;
const NO_TALK: Talk = { conversation: null, turns: [] };

export function recallRun(appId: string): string | null {
  return read<string>(runKey(appId));
}

export function rememberRun(appId: string, runId: string | null): void {
  write(runKey(appId), runId);
}

export function recallTalk(appId: string): Talk {
  return read<Talk>(talkKey(appId)) ?? NO_TALK;
}

export function rememberTalk(appId: string, talk: Talk): void {
  write(talkKey(appId), talk.turns.length > 0 ? talk : null);
}

function read<T>(key: string): T | null {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null") as T | null;
  } catch {
    return null;
  }
}

function write(key: string, value: unknown): void {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage may be closed to us or full; then a reload starts empty.
  }
}
