/** Where the app is tried: a chat as a chat, a workflow as a form. Put away, it forgets nothing. */
import type { Runs } from "../run/useRuns";
import { useEditorState } from "../store/context";
import { selectMode } from "../store/selectors";
import type { EditorState } from "../store/state";
import { ChatPanel } from "./chat/ChatPanel";
import { useChat } from "./chat/useChat";
import { RunPanel } from "./RunPanel";

const selectShown = (state: EditorState) => state.preview;

export function Preview({ appId, runs }: { appId: string; runs: Runs }) {
  const shown = useEditorState(selectShown);
  const mode = useEditorState(selectMode);
  const chat = useChat(appId, runs);
  if (!shown) return null;
  return mode === "workflow" ? <RunPanel appId={appId} runs={runs} /> : <ChatPanel appId={appId} chat={chat} runs={runs} />;
}
