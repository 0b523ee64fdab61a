/** Settings, with the sections that other features own. */
import { DatasetKeys } from "@/features/publish";
import { SettingsPage } from "@/features/settings";

export function Settings() {
  return <SettingsPage><DatasetKeys /></SettingsPage>;
}
