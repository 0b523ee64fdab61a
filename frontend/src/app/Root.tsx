/** Above every page: what is shown while a page's code or texts are on their way. */
import { Suspense } from "react";
import { Outlet } from "react-router";
import { Loading } from "./Loading";

export function Root() {
  return <Suspense fallback={<Loading />}><Outlet /></Suspense>;
}
