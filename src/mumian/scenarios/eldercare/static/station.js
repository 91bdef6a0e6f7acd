// What this house's pages add to the web's own scripts: ticking countdowns, the alarm that is looked at, rows that open.
// Alarms, their keys and the live stream are islands/alarms.js; nothing here posts but the form of one who answers.
import { nowMs, post } from "../islands/clock.js";

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

// ---- countdowns by the server's clock ----------------------------------------------------------------------------------
function tick() {
  const now = nowMs();
  for (const place of $$("[data-left-us]")) {
    const left = String(Math.max(0, Math.ceil(Number(place.dataset.leftUs) / 1000 - now) / 1000 | 0));
    if (place.textContent !== left) place.textContent = left;
  }
  for (const arc of $$("[data-ring-us]")) {
    const left = Math.max(0, (Number(arc.dataset.ringUs) / 1000 - now) / 1000);
    arc.setAttribute("stroke-dasharray", `${Math.min(100, (100 * left) / Math.max(1, Number(arc.dataset.ringS))).toFixed(1)} 100`);
  }
}
tick();
setInterval(tick, 1000);

// ---- the alarm that is looked at: its strip and its floor follow ----------------------------------------------------------
let asked = 0;
async function look(alarm) {
  const address = new URL(location.href);
  if (address.searchParams.get("alarm") === alarm) return;
  address.searchParams.set("alarm", alarm);
  address.searchParams.delete("floor");
  history.replaceState(null, "", address);
  const mine = ++asked;
  for (const name of ["why", "map"]) {
    const panel = $(`[data-part="${name}"]`);
    if (!panel) continue;
    const wanted = new URL(address);
    wanted.searchParams.set("fragment", name);
    const answer = await fetch(wanted, { credentials: "same-origin", headers: { Accept: "text/html" } }).catch(() => null);
    if (mine !== asked || !answer?.ok || answer.redirected) return;
    const fresh = document.createElement("template");
    fresh.innerHTML = await answer.text();
    panel.replaceChildren(...fresh.content.childNodes);
  }
  tick();
}
if ($('[data-part="why"]')) {
  document.addEventListener("mumian:selected", (event) => look(event.detail.alarm));
  // The keyboard selects by focus too, so that Tab alone reaches every alarm's actions.
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.(".stack .mm-alarm");
    if (!row || row.classList.contains("is-selected")) return;
    for (const other of $$(".stack .mm-alarm.is-selected")) other.classList.remove("is-selected");
    row.classList.add("is-selected");
    look(row.dataset.alarm);
  });
}

// New rows never push the row under the pointer: the stack's own scroll is kept over a renewal.
let held = { id: "", top: 0, scroll: 0 };
function hold() {
  const body = $(".stack .mm-panel__body");
  const row = body && ($(".mm-alarm:hover", body) ?? $(".mm-alarm.is-selected", body));
  held = { id: row?.id ?? "", top: row?.getBoundingClientRect().top ?? 0, scroll: body?.scrollTop ?? 0 };
}
for (const name of ["scroll", "pointermove", "focusin", "keyup"]) document.addEventListener(name, hold, { capture: true, passive: true });
document.addEventListener("mumian:renewed", () => {
  const body = $(".stack .mm-panel__body");
  if (body) {
    body.scrollTop = held.scroll;
    const row = held.id && document.getElementById(held.id);
    if (row && held.scroll > 0) body.scrollTop += row.getBoundingClientRect().top - held.top;
  }
  tick();
});

// ---- a select that goes where it says -------------------------------------------------------------------------------------
for (const button of $$("[data-goes-by-itself]")) button.hidden = true;
document.addEventListener("change", (event) => { if (event.target.matches?.("[data-goes]")) event.target.form.requestSubmit(); });
document.addEventListener("mumian:renewed", () => { for (const button of $$("[data-goes-by-itself]")) button.hidden = true; });

// ---- rows, filter, keys ----------------------------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-row]");
  if (row && !event.target.closest("a, button, input, summary, label")) location.assign(row.dataset.row);
});
document.addEventListener("keydown", (event) => {
  if (event.target.closest?.("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
  if (event.key === "/" && $("[data-slash]")) { event.preventDefault(); $("[data-slash]").focus(); }
});

// ---- the phone: what she found goes with the resolution ------------------------------------------------------------------
document.addEventListener("click", async (event) => {
  const button = event.target.closest('[data-act="resolve"]');
  const article = button?.closest("[data-alarm]");
  const note = article && $("[data-note]", article)?.value.trim();
  if (!note) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  button.disabled = true;
  try {
    await post(`/api/alarms/${article.dataset.alarm}/resolve`, { resolution: button.dataset.resolution, note });
    location.reload();
  } catch (fault) {
    button.disabled = false;
    const said = document.createElement("div");
    said.className = "mm-error";
    said.setAttribute("role", "alert");
    said.textContent = fault.message;
    article.append(said);
  }
}, true);
