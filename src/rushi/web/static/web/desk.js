// Keyboard for one case a screen: A accept, R reject (goes to the reason), N skip to the list, ? help.
(() => {
  "use strict";
  const press = (name) => document.querySelector(`[data-key="${name}"]`);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
    const key = event.key.toLowerCase();
    const target = press(key === "?" ? "help" : key);
    if (!target) return;
    event.preventDefault();
    if (target.matches("textarea, input, select")) target.focus();
    else if (target.matches("dialog")) target.open ? target.close() : target.showModal();
    else target.click();
  });
})();
