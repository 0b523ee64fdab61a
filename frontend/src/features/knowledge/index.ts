/** Knowledge: the bases, their documents, and a place to try the search. */
export { DatasetPage } from "./DatasetPage";
export { DocumentPage } from "./document/DocumentPage";
export { KnowledgePage } from "./KnowledgePage";
