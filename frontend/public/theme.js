// Runs before the first paint, so that a remembered theme does not flash the other one.
(function () {
  try {
    var theme = localStorage.getItem("jirasync.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be refused; the system's theme then stands.
  }
})();
