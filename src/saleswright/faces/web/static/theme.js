// Runs before the first paint so that a pinned theme never flashes. The choice stays in this browser.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const pinned = localStorage.getItem("theme");
    if (pinned === "light" || pinned === "dark") root.dataset.theme = pinned;
  } catch {
    // Storage may be refused; the system's theme is used.
  }
})();
