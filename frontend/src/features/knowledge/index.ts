/** Knowledge: the bases, their documents, and a place to try the search. */
export { DatasetPage } from "./DatasetPage";
export { KnowledgePage } from "./KnowledgePage";
