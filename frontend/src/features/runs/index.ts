export { RunsPage, type RunsPageProps } from "./RunsPage";
