// What every page has: clock, ticking ages and ladders, filters, dialogs, going to a place by G and a letter.
import { ageText, csrf, nowMs, wallTime } from "./clock.js";

function tick() {
  const clock = document.querySelector("[data-clock] b");
  if (clock) clock.textContent = wallTime();
  for (const age of document.querySelectorAll("time[data-age-us]")) {
    const text = ageText(Number(age.dataset.ageUs));
    if (age.textContent !== text) age.textContent = text;
  }
  for (const step of document.querySelectorAll("[data-due-us]")) {
    const from = Number(step.dataset.fromUs) / 1000, due = Number(step.dataset.dueUs) / 1000, now = nowMs();
    step.style.setProperty("--spent", Math.min(1, Math.max(0, (now - from) / Math.max(1, due - from))).toFixed(3));
    const left = step.querySelector("[data-left]");
    if (left) left.textContent = String(Math.max(0, Math.ceil((due - now) / 1000)));
  }
  for (const left of document.querySelectorAll("[data-left-us]")) left.textContent = String(Math.max(0, Math.ceil((Number(left.dataset.leftUs) / 1000 - nowMs()) / 1000)));
}
tick();
setInterval(tick, 1000);
document.addEventListener("mumian:renewed", tick);

// htmx, where a page uses it, carries the page's token too.
document.addEventListener("htmx:config:request", (event) => {
  const headers = event.detail?.ctx?.request?.headers;
  if (headers) headers["X-CSRF-Token"] = csrf();
});

document.addEventListener("input", (event) => {
  const field = event.target.closest?.("[data-filter]");
  if (!field) return;
  const wanted = field.value.trim().toLowerCase();
  let shown = 0;
  for (const row of document.querySelectorAll(`#${CSS.escape(field.dataset.filter)} tbody tr`)) {
    row.hidden = Boolean(wanted) && !row.textContent.toLowerCase().includes(wanted);
    shown += row.hidden ? 0 : 1;
  }
  const count = field.closest("label")?.querySelector("[data-filter-n]");
  if (count) count.textContent = String(shown);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  if (event.target.closest('[data-do="reload"]')) location.reload();
});

// Single letters can be switched off (WCAG 2.1.4) and are off wherever one types.
const letters = document.querySelector('[data-do="letters"]');
const kept = (() => { try { return localStorage; } catch { return null; } })();
export const lettersOn = () => kept?.getItem("letters") !== "off";
if (letters) {
  letters.checked = lettersOn();
  letters.addEventListener("change", () => kept?.setItem("letters", letters.checked ? "on" : "off"));
}
export function typing(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  // A dialog that has just been shut keeps the focus until the next frame: what is pressed then is no longer typed into it.
  if (event.target.closest?.("dialog:not([open])")) return false;
  return Boolean(event.target.closest?.("input, textarea, select, [contenteditable]"));
}

let going = 0;
document.addEventListener("keydown", (event) => {
  if (typing(event) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") { document.querySelector('[data-dialog="keys"]')?.showModal(); event.preventDefault(); return; }
  if (event.key === "/") { const field = document.querySelector("[data-filter]"); if (field) { field.focus(); event.preventDefault(); } return; }
  if (event.key === "Escape" && document.activeElement !== document.body) { document.activeElement.blur(); return; }
  if (!lettersOn()) return;
  const key = event.key.toLowerCase();
  if (going && Date.now() - going < 1500) {
    going = 0;
    const place = document.querySelector(`[data-goto="${CSS.escape(key)}"]`);
    if (place) { event.preventDefault(); event.stopImmediatePropagation(); location.assign(place.href); }
  } else if (key === "g") { going = Date.now(); event.stopImmediatePropagation(); }
}, true);
