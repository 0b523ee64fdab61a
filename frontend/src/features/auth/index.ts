/** Signing in, and the person's step of the first set-up. */
export { AuthFrame } from "./AuthFrame";
export { PersonForm } from "./PersonForm";
export { SignInPage } from "./SignInPage";
