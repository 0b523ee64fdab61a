/** The workspace's apps: list, make, copy, delete. */
export { AppsPage } from "./AppsPage";
export { NewAppForm } from "./NewAppForm";
