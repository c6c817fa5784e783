// Before the page is painted, so that a chosen theme does not flash the other.
(() => {
  const root = document.documentElement;
  const recall = () => {
    try { return localStorage.getItem("bakeoff-theme"); } catch { return null; }
  };
  const keep = (theme) => {
    try { localStorage.setItem("bakeoff-theme", theme); } catch { /* private, or a plain file */ }
  };
  const show = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  const chosen = recall() || "auto";
  show(chosen);
  document.addEventListener("DOMContentLoaded", () => {
    const themes = document.querySelector(".themes");
    themes.hidden = false;
    for (const input of themes.querySelectorAll("input")) {
      input.checked = input.value === chosen;
      input.addEventListener("change", () => { show(input.value); keep(input.value); });
    }
  });
})();
