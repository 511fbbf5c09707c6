// Small helps of the console: clips upload as soon as they are chosen, with progress; nothing typed is left by mistake.
(() => {
  "use strict";
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.closest("[data-upload]")?.querySelector("progress");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.max = event.detail.total;
    bar.value = event.detail.loaded;
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-upload] input[type=file]") && event.target.files.length) event.target.form.requestSubmit();
  });
  let typed = false;
  document.addEventListener("input", (event) => { typed ||= Boolean(event.target.closest("form[data-keep]")); });
  document.addEventListener("submit", () => { typed = false; }, true);
  addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
})();
