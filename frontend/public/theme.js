// Runs before the first paint, so that a dark page never flashes white. The application takes over from here (src/kit/theme.tsx).
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem("weft.theme");
  } catch (error) {
    // Storage may be closed to us; the system's choice then holds.
  }
  var dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
