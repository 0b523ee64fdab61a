/** Knowledge: datasets, documents, chunks; searching them; measuring the search. */
export * from "./chunks";
export * from "./connectors";
export * from "./datasets";
export * from "./documents";
export * from "./evaluation";
export * from "./external";
export * from "./metadata";
export * from "./moves";
export * from "./preview";
export * from "./processing";
export * from "./reading";
export * from "./retrieval";
export * from "./settings";
