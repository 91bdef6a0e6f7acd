// Runs before the first paint: without a choice of her own, a browser set to dark gets dark by day as well.
(() => {
  const root = document.documentElement;
  if (!root.hasAttribute("data-theme-chosen") && matchMedia("(prefers-color-scheme: dark)").matches) root.dataset.bsTheme = "dark";
})();
