/** What a chat is drawn with; used by the public page and by the editor's preview. */
export { Composer, type ComposerProps } from "./Composer";
export { describeStep, isSpokenKind, type StepFacts } from "./describeStep";
export { Markdown, type MarkdownProps } from "./Markdown";
export { MessageList, type MessageListProps } from "./MessageList";
export { SourceCard } from "./SourceCard";
export { SourceList, type SourceListProps } from "./SourceList";
export { Steps } from "./Steps";
export { isOpen, type ChatFault, type ChatMessage, type Citation, type MessageStatus, type Rating, type Step, type StepStatus } from "./types";
export { useStickToBottom, type Stick } from "./useStickToBottom";
