export { EditorPage } from "./EditorPage";
export { RunCanvas } from "./RunCanvas";
