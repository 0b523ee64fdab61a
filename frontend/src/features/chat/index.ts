/** The pages for people outside: a published app, and a form that somebody was sent. */
export { PublicChatPage } from "./public/PublicChatPage";
export { FormPage } from "./public/FormPage";
