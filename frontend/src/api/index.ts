/** The server's side of things, by noun. */
export * from "./apps";
export { api, API_ROOT, ApiError, csrfToken, type Items, readError } from "./client";
export * from "./conversations";
export * from "./files";
export * from "./knowledge";
export * from "./limits";
export * from "./providers";
export * from "./publishing";
export * from "./runs";
export type { ImportedState, RunCanvasProps } from "./seams";
export * from "./session";
export { type Connection, Socket, tabSocket, type TopicError, type TopicReader } from "./socket";
export { type ServerEvent, SseFramer } from "./sse";
export * from "./transfer";
export * from "./triggers";
export type * from "./types";
export { useMay } from "./useMay";
export * from "./waits";
