// A button with data-wait="seconds" rests that long and says how long. The server enforces the same wait.
document.querySelectorAll("button[data-wait]").forEach((button) => {
  const text = button.textContent;
  const ready = Date.now() + 1000 * Number(button.dataset.wait);
  const tick = () => {
    const left = Math.ceil((ready - Date.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? `${text} (${left})` : text;
    if (left > 0) setTimeout(tick, 250);
  };
  tick();
});
