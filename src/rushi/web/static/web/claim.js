// Claiming a place when everybody does: while the site says "busy" or is out of reach, ask again by itself, with the
// same key, so that nothing happens twice. Without this script the form posts as forms do.

const form = document.getElementById("claim"), button = form.querySelector("button"), said = document.getElementById("claim-said");
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const BUSY = new Set([429, 502, 503, 504]);

function pause(answer, tries) {
  const asked = Number(answer && answer.headers.get("Retry-After")) * 1000;
  return (asked || Math.min(1000 * 2 ** tries, 10000)) * (1 + Math.random() / 2);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  for (let tries = 0; ; tries += 1) {
    let answer = null;
    try {
      answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" } });
    } catch { /* no connection: ask again */ }
    if (answer && answer.redirected) return location.assign(answer.url);
    if (answer && !BUSY.has(answer.status)) {
      const told = await answer.json().catch(() => ({}));
      if (answer.ok && told.next) return location.assign(told.next);
      if (told.code === "needs_real_name") return location.assign(form.dataset.realName);
      said.querySelector("[data-fill]").textContent = told.message || said.dataset.failed;
      said.hidden = false;
      said.className = "notice bad";
      button.disabled = false;
      return null;
    }
    said.querySelector("[data-fill]").textContent = said.dataset.waiting;
    said.className = "notice warn";
    said.hidden = false;
    await sleep(pause(answer, tries));
  }
});
