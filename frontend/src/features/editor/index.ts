export { EditorPage, type EditorPageProps } from "./EditorPage";
export { RunCanvas } from "./RunCanvas";
