/** How an app is reached from outside. */
export { AccessPage } from "./AccessPage";
export { DatasetKeys } from "./DatasetKeys";
