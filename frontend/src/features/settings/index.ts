/** The person's profile and the workspace. */
export { SettingsPage } from "./SettingsPage";
