/** What a node's prompt is for a server that keeps beginnings: how much of it is reused, and what would make it more. */
export { beginningOf, type Message } from "./beginning";
export { reviewPrompt, timesAsked, WORTH_TOKENS, type FieldTokens, type HintCode, type PromptHint, type PromptReview } from "./review";
export { estimateTokens } from "./tokens";
