/** The workspace's apps: list, make, copy, delete; their versions. */
export { AppsPage } from "./AppsPage";
export { NewAppForm } from "./NewAppForm";
export { VersionsPage } from "./versions/VersionsPage";
