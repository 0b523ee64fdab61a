/** The chat's public face: the published page, and the same chat beside the canvas. */
export { PublicChatPage } from "./public/PublicChatPage";
