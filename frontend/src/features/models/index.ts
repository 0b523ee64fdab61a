/** Model providers. */
export { ModelsPage } from "./ModelsPage";
export { ProviderForm } from "./ProviderForm";
