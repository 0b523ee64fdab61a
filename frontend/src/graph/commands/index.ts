export * from "./command";
export * from "./document";
export * from "./edges";
export * from "./nodes";
export * from "./prompts";
