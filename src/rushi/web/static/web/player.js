// The player: a free look that may be left at any time, then the rest at the speed of life, then the questions.
// The server's clock decides what counts; this page only reports, queues while offline, and says what is going on.

const $ = (id) => document.getElementById(id);
const root = $("work"), links = root.dataset, form = $("answers"), store = "draft-" + links.id;
const csrf = form.querySelector("[name=csrfmiddlewaretoken]").value;
const videos = Object.fromEntries([...root.querySelectorAll("video")].map((v) => [v.dataset.cut, v]));
const order = Object.keys(videos);
const BUSY = new Set([429, 502, 503, 504]);
const TICK = 5000, PLAIN = { Accept: "application/json" };

let token = "", cuts = {}, seq = 0, queue = [], sending = 0, busy = 0, chain = Promise.resolve();
let cut = "", video = null, phase = "", last = 0, rounds = 0, begun = 0, halted = false;
const skipped = new Set();

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const show = (id, on = true) => { $(id).hidden = !on; };
const seconds = (ms) => Math.max(1, Math.round(ms / 1000));
const fill = (name, value) => root.querySelectorAll(`[data-fill=${name}]`).forEach((e) => { e.textContent = value; });

// ---- talking to the server -------------------------------------------------------------------------------

async function call(url, body, more = {}) {
  const answer = await fetch(url, { method: "POST", body, ...more, headers: { ...PLAIN, ...more.headers } });
  if (answer.redirected) location.assign(answer.url);  // the session is over: log in again, what was kept is here
  if (BUSY.has(answer.status) || answer.redirected) throw { wait: Number(answer.headers.get("Retry-After")) * 1000 };
  if (answer.status >= 500) throw {};
  const data = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
  if (!answer.ok) throw { code: data.code || "error", ...data };
  return data;
}

// Tries until it is through: what was watched and answered while the connection is gone is not lost.
async function insist(attempt) {
  for (let wait = 1000; !halted; wait = Math.min(wait * 2, 10000)) {
    try {
      const data = await attempt();
      show("offline", false);
      show("busy", false);
      return data;
    } catch (fault) {
      if (fault.code) throw fault;
      show("busy", "wait" in fault);
      show("offline", !("wait" in fault));
      await sleep((fault.wait || wait) * (1 + Math.random() / 2));  // not everybody at the same moment again
    }
  }
}

function halt(fault) {
  halted = true;
  if (video) video.pause();
  // Reports carry no cookie, so their answers come in Chinese: the page knows these sentences in its own language.
  const known = root.querySelector(`[data-halt="${fault.code}"]`);
  fill("halt", known ? known.textContent : fault.message || "");
  show("halt");
  $("halt").scrollIntoView({ block: "center" });
}

function take(reply) {
  token = reply.token;
  cuts = reply.cuts;
}

function send(more = {}) {
  busy += 1;
  chain = chain.then(async () => {
    try {
      take(await insist(() => {
        sending = queue.length;
        const body = JSON.stringify({ token, reports: queue.slice(0, 60), ...more });
        return call(links.beat, body, { credentials: "omit", keepalive: true });
      }));
      queue.splice(0, sending);
    } catch (fault) {
      halt(fault);
    }
    sending = 0;
    busy -= 1;
  });
  return chain;
}

// One report: where the clip stands now. While offline, reports of one stretch melt into one.
function note(more = {}) {
  if (!video) return;
  const position_ms = Math.round(video.currentTime * 1000);
  const report = { cut, position_ms, seq: ++seq, rate: video.playbackRate, visible: !document.hidden,
    focused: document.hasFocus(), jumped: false, from: last,
    at_ms: Math.round(performance.now() - begun), ...more };
  const before = queue[queue.length - 1];
  last = report.position_ms;
  const melts = queue.length > sending && before && !before.jumped && !report.jumped && before.cut === cut &&
    before.visible === report.visible && before.rate === report.rate && before.from <= before.position_ms &&
    report.position_ms >= before.position_ms;
  if (melts) Object.assign(before, { position_ms: report.position_ms, seq: report.seq, at_ms: report.at_ms });
  else queue.push(report);
}

// ---- the way through a task ------------------------------------------------------------------------------

function next() {
  cut = order.find((c) => cuts[c].left_at_ms === null || !(cuts[c].is_complete || skipped.has(c)));
  if (!cut) return ask();
  if (video !== videos[cut]) rounds = 0;
  video = videos[cut];
  phase = cuts[cut].left_at_ms === null ? "free" : "rest";
  for (const name of order) videos[name].hidden = name !== cut;
  video.preload = "auto";
  fill("number", order.indexOf(cut) + 1);
  fill("rest", seconds(Number(video.dataset.ms) - cuts[cut].covered_ms));
  const again = phase === "rest" && rounds > 0;
  card(phase === "free" ? "card-free" : again ? "card-gap" : "card-rest");
  show("skip", rounds > 1 && cuts[cut].covered_ms * 2 >= Number(video.dataset.ms));
  root.dataset.phase = phase;
  progress();
}

function card(name) {
  for (const id of ["card-free", "card-rest", "card-gap", "card-paused"]) show(id, id === name);
  const open = !name || name === "card-paused";
  show("free-bar", open && phase === "free");
  show("rest-bar", open && phase === "rest");
  if (name && links.ready) $(name).querySelector("button").focus({ preventScroll: true });
}

async function play(from = null) {
  if (halted) return;
  if (from !== null) {
    const target = Math.min(from, Number(video.dataset.ms) - 50);
    video.currentTime = Math.max(0, target) / 1000;
    note({ jumped: true, position_ms: Math.max(0, target) });
  }
  card("");
  try {
    await video.play();
    // Some phones forget where to begin when nothing was loaded yet.
    if (from && Math.abs(video.currentTime * 1000 - from) > 1500) video.currentTime = from / 1000;
  } catch {
    video.muted = true;
    sound();
    await video.play().catch(() => card("card-paused"));
  }
}

async function leave(more) {
  if (phase !== "free") return;
  phase = "leaving";
  note(more);
  video.pause();
  await send({ leave: cut });
  if (!halted) next();
}

async function ended() {
  const end = { position_ms: Number(video.dataset.ms) };
  if (phase === "free") return leave(end);
  if (phase !== "rest") return;
  phase = "leaving";
  note(end);
  await send();
  rounds += 1;
  if (!halted) next();
}

function toggle() {
  if (!video || (phase !== "free" && phase !== "rest")) return;
  if (video.paused) play();
  else video.pause();
}

function progress() {
  if (!video) return;
  const ms = Number(video.dataset.ms), at = Math.min(ms, Math.round(video.currentTime * 1000));
  $("bar").max = ms;
  $("bar").value = at;
  fill("at", Math.floor(at / 1000));
  fill("length", Math.round(ms / 1000));
}

function sound() {
  const muted = videos[order[0]].muted || (video && video.muted);
  for (const name of order) videos[name].muted = muted;
  $("mute").setAttribute("aria-pressed", String(!muted));
  show("sound-on", !muted);
  show("sound-off", muted);
}

for (const name of order) {
  const one = videos[name];
  one.addEventListener("timeupdate", progress);
  one.addEventListener("ended", ended);
  one.addEventListener("click", toggle);
  one.addEventListener("play", () => {
    if (document.hidden) one.pause();
    show("to-pause");
    show("to-play", false);
  });
  one.addEventListener("pause", () => {
    show("to-pause", false);
    show("to-play");
    if (one !== video || one.ended || (phase !== "free" && phase !== "rest")) return;
    note({ visible: true });
    if (!busy) send();
    card("card-paused");
  });
  one.addEventListener("ratechange", () => {
    if (one.playbackRate === 1) return;
    note();
    one.playbackRate = 1;
    show("too-fast");
  });
  one.addEventListener("error", () => {
    if (one === video && !halted) show("broken");
  });
  one.addEventListener("playing", () => show("broken", false));
}

setInterval(() => {
  if (!video || video.paused || halted) return;
  note();
  if (!busy) send();
}, TICK);

// Out of sight does not count: the clip stops, and what was watched so far is written down.
function away() {
  if (!token || halted) return;
  if (video && !video.paused) {
    note({ visible: true });
    video.pause();
  }
  send({ leaving: true });
}
document.addEventListener("visibilitychange", () => { if (document.hidden) away(); });
window.addEventListener("pagehide", away);

$("swipe").addEventListener("click", () => leave());
let touched = null;
$("stage").addEventListener("touchstart", (e) => { touched = e.changedTouches[0].clientY; }, { passive: true });
$("stage").addEventListener("touchend", (e) => {
  if (touched !== null && touched - e.changedTouches[0].clientY > 60 && !video.paused) leave();
  touched = null;
}, { passive: true });
document.addEventListener("keydown", (e) => {
  if (e.key === "ArrowUp" && phase === "free" && !video.paused) leave();
});
for (const id of ["go-free", "go-rest", "go-gap"]) $(id).addEventListener("click", () => play(cuts[cut].resume_ms));
$("go-on").addEventListener("click", () => play());
$("toggle").addEventListener("click", toggle);
$("again").addEventListener("click", () => { note(); play(0); });
$("skip").addEventListener("click", () => { skipped.add(cut); next(); });
$("mute").addEventListener("click", () => {
  const muted = !video.muted;
  for (const name of order) videos[name].muted = muted;
  sound();
});

// ---- the time that is left -------------------------------------------------------------------------------

const until = performance.now() + Number(links.left) * 1000;
setInterval(() => {
  const left = Math.max(0, Math.floor((until - performance.now()) / 1000));
  $("left").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  $("left").parentElement.classList.toggle("warn", left < 300);
  if (!left) location.reload();
}, 1000);
let ran = false;
$("give-up").addEventListener("click", () => {
  ran = Boolean(video) && !video.paused;
  if (video) video.pause();
  $("give-up-dialog").showModal();
});
$("keep-on").addEventListener("click", () => {
  $("give-up-dialog").close();
  if (ran) play();
});

// ---- questions -------------------------------------------------------------------------------------------

function ask() {
  phase = "ask";
  video = null;
  show("stage", false);
  show("questions");
  $("questions").querySelector("h2").focus();
  scrollTo(0, 0);
}

const values = () => Object.fromEntries([...new FormData(form)].filter(([name, value]) => name.startsWith("q-") && value));
const kept = () => { try { return JSON.parse(localStorage.getItem(store)) || {}; } catch { return {}; } };

function restore(answers) {
  for (const [name, value] of Object.entries(answers)) {
    const field = form.elements[name];
    if (field) field.value = value;
  }
}

let pending = 0;
form.addEventListener("input", () => {
  try { localStorage.setItem(store, JSON.stringify(values())); } catch { /* private mode: the server keeps it */ }
  clearTimeout(pending);
  pending = setTimeout(() => {
    call(links.draft, new URLSearchParams(values()), { headers: { "X-CSRFToken": csrf } })
      .then(() => show("saved"), () => show("saved", false));
  }, 1200);
});

form.addEventListener("submit", async (e) => {
  e.preventDefault();
  clearTimeout(pending);
  $("hand-in").disabled = true;
  show("problem", false);
  try {
    await chain;
    const body = () => new URLSearchParams({ ...values(), token });
    const reply = await insist(() => call(links.submit, body(), { headers: { "X-CSRFToken": csrf } }));
    try { localStorage.removeItem(store); } catch { /* nothing was kept */ }
    location.assign(reply.next);
  } catch (fault) {
    $("hand-in").disabled = false;
    fill("problem", fault.message || "");
    show("problem");
    const field = form.elements[`q-${(fault.missing || [])[0]}`];
    if (field) (field[0] || field).focus();
  }
});

// ---- begin -----------------------------------------------------------------------------------------------

restore(JSON.parse($("draft").textContent));
restore(kept());
insist(() => call(links.start, "", { headers: { "X-CSRFToken": csrf } })).then((reply) => {
  take(reply);
  begun = performance.now();
  sound();
  next();
  root.dataset.ready = "1";
}).catch(halt);
