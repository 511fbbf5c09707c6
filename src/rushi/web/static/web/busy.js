// A piece of a page that htmx asked for while the site is full (429: nothing was done): said, and asked for again by
// itself. What is filled in stays where it is.
(() => {
  "use strict";
  const said = document.getElementById("site-busy");
  let waiting = 0;
  const show = () => { said.hidden = waiting === 0; };
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr, requestConfig: asked } = event.detail;
    if (xhr.status !== 429) return;
    waiting += 1;
    show();
    const seconds = Number(xhr.getResponseHeader("Retry-After")) || 2;
    setTimeout(() => {
      waiting -= 1;
      show();
      if (asked.elt.isConnected) window.htmx.ajax(asked.verb, asked.path, { source: asked.elt, target: asked.target });
    }, seconds * 1000 * (1 + Math.random() / 2));  // not everybody at the same moment again
  });
})();
