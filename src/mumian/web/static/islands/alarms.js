// Alarms in the page: hears transitions, renews the panels that show them, sounds, and takes the keys of interface.md §7.
// A panel that shows alarms says which block it is:  <section data-fragment="stack">…</section>  in block `stack`.
import { announce, english, head, nowMs, post, wallTime } from "./clock.js";
import { lettersOn, typing } from "./shell.js";
import * as sound from "./sound.js";

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const say = (zh, en) => (english ? en : zh);
const kept = (() => { try { return localStorage; } catch { return null; } })();

// ---- the stream ------------------------------------------------------------------------------------------------------
let last = head();
let lostAt = 0;
let source = null;
let retry = 0;

function listen() {
  source = new EventSource(`/api/alarms/stream?after=${last}`);
  source.onopen = () => { clearTimeout(retry); lost(0); if (lostAt) renew(); };
  source.onmessage = (event) => {
    last = Math.max(last, Number(event.lastEventId) || 0);
    const change = JSON.parse(event.data);
    document.dispatchEvent(new CustomEvent("mumian:transition", { detail: change }));
    if (change.from === "acknowledged" && change.to === "acknowledged") handed(change);
    renew();
  };
  source.onerror = () => {
    lost(lostAt || nowMs());
    if (source.readyState === EventSource.CLOSED) retry = setTimeout(listen, 2000);
  };
}

// A colleague hands me an alarm: it is claimed, so nothing sounds on its own, and its row may stand far down.
const me = () => document.body.dataset.user;
async function handed(change) {
  if (`staff:${change.by}` === me()) return;
  const answer = await fetch("/api/alarms?state=open", { credentials: "same-origin" }).catch(() => null);
  const alarm = answer?.ok ? (await answer.json()).find((a) => a.id === change.alarm) : null;
  if (!alarm || `staff:${alarm.owner}` !== me()) return;
  if (kept?.getItem("sound") !== "off" && !sound.paused()) sound.play(alarm.priority);
  await renew();
  const article = document.getElementById(`alarm-${alarm.id}`);
  if (article) select(article, false);
  announce(say("转给您：", "Handed to you: ") + (article?.getAttribute("aria-label") || alarm.reason[english ? "en" : "zh"]));
}

function lost(at) {
  lostAt = at;
  const strip = $('[data-strip="lost"]');
  if (!strip) return;
  clearTimeout(strip.timer);
  if (!at) strip.hidden = true;
  else strip.timer = setTimeout(() => { strip.hidden = !lostAt; $("[data-lost-since]", strip).textContent = ` ${wallTime(lostAt).slice(0, 5)}`; }, 3000);
}

// ---- panels ----------------------------------------------------------------------------------------------------------
let renewing = false;
let again = false;
async function renew() {
  if (renewing) { again = true; return; }
  renewing = true;
  try {
    const panels = $$("[data-fragment]");
    await renewPanels([...new Set(panels.map((panel) => panel.dataset.fragment))]);
    await count();
    if (panels.length === 0) document.dispatchEvent(new CustomEvent("mumian:stale"));
  } finally {
    renewing = false;
    if (again) { again = false; setTimeout(renew, 120); }
  }
}

// One request for all panels: they are drawn from one look at the store, so they cannot contradict each other.
async function renewPanels(names) {
  if (!names.length) return;
  const address = new URL(location.href);
  address.searchParams.set("fragment", names.join(","));
  const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = document.createElement("template");
  fresh.innerHTML = await answer.text();
  for (const name of names) {
    const part = names.length > 1 ? $(`template[data-for="${CSS.escape(name)}"]`, fresh.content)?.content : fresh.content;
    for (const panel of part ? $$(`[data-fragment="${CSS.escape(name)}"]`) : []) swap(panel, part.cloneNode(true));
  }
  document.dispatchEvent(new CustomEvent("mumian:renewed", { detail: { fragments: names } }));
}

// New rows never push the row under the pointer: the selected row keeps its place on the screen.
function swap(panel, next) {
  const selected = $(".mm-alarm.is-selected", panel);
  const focused = panel.contains(document.activeElement);
  const scroller = selected?.closest(".mm-panel__body") ?? panel;
  const before = selected?.getBoundingClientRect().top;
  const typed = $$("input, textarea, select", panel).some((field) => field === document.activeElement);
  if (typed || $("dialog[open]", panel)) return;
  panel.replaceChildren(next);
  if (!selected) return;
  const same = document.getElementById(selected.id);
  if (!same) return;
  select(same, focused);
  scroller.scrollTop += same.getBoundingClientRect().top - before;
}

// ---- what sounds, what is read out ---------------------------------------------------------------------------------
let known = new Set($$('.mm-alarm[data-state="new"]').map((row) => row.dataset.alarm));
async function count() {
  const answer = await fetch("/api/alarms?state=open", { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) return;
  const open = (await answer.json()).filter((alarm) => alarm.state === "new");
  const order = ["high", "medium", "low"];
  const loudest = order.find((priority) => open.some((alarm) => alarm.priority === priority)) ?? null;
  sound.want(kept?.getItem("sound") === "off" ? null : loudest);
  const fresh = open.filter((alarm) => !known.has(alarm.id));
  known = new Set(open.map((alarm) => alarm.id));
  const high = fresh.find((alarm) => alarm.priority === "high");
  if (high) announce($(`#alarm-${CSS.escape(high.id)}`)?.getAttribute("aria-label") || high.reason[english ? "en" : "zh"]);
  document.title = document.title.replace(/^\(\d+\) /, "").replace(/^/, open.length ? `(${open.length}) ` : "");
  showSound(Boolean(loudest));
}

function showSound() {
  const blocked = sound.blocked();
  const strip = $('[data-strip="silent"]');
  if (strip) strip.hidden = !blocked;
  const place = $("[data-sound-state] span");
  if (!place) return;
  const checked = kept?.getItem("sound-checked");
  const shift = checked && nowMs() - Number(checked) < 12 * 3600 * 1000;
  if (sound.paused()) place.textContent = say(`静音，还剩 ${sound.leftS()} 秒`, `Muted for ${sound.leftS()} s`);
  else if (blocked) place.textContent = say("没有声音", "No sound");
  else place.textContent = shift ? say(`声音 ${wallTime(Number(checked)).slice(0, 5)} 自检过`, `Sound checked ${wallTime(Number(checked)).slice(0, 5)}`) : say("声音开，待自检", "Sound on, not yet checked");
}
setInterval(showSound, 1000);

function mute() {
  if (sound.paused()) sound.unpause(); else sound.pause();
  showSound();
}

// ---- what one does -----------------------------------------------------------------------------------------------------
const row = () => $(".mm-alarm.is-selected") ?? null;
function select(next, focus = true) {
  for (const other of $$(".mm-alarm.is-selected")) other.classList.toggle("is-selected", other === next);
  next.classList.add("is-selected");
  if (focus) next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  document.dispatchEvent(new CustomEvent("mumian:selected", { detail: { alarm: next.dataset.alarm, href: next.dataset.href ?? "" } }));
}
function step(by) {
  const rows = $$(".mm-alarm[data-alarm]");
  if (!rows.length) return;
  const at = rows.indexOf(row());
  select(rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + by))]);
}

async function act(article, action, body) {
  const id = article.dataset.alarm;
  article.dataset.busy = "";
  try {
    if (action === "resolve" && article.dataset.state !== "acknowledged") await post(`/api/alarms/${id}/acknowledge`, {});
    await post(`/api/alarms/${id}/${action}`, body);
  } catch (fault) {
    refused(article, fault);
  } finally {
    delete article.dataset.busy;
    renew();
  }
}

function refused(article, fault) {
  const text = fault.status ? fault.message : say("没连上服务器：没有认领，请再按一次", "Not connected: nothing was claimed, press again");
  let note = $(".mm-error", article);
  if (!note) { note = document.createElement("div"); note.className = "mm-error"; note.setAttribute("role", "alert"); note.style.gridColumn = "1 / -1"; article.append(note); }
  note.textContent = text;
}

const ask = (name, article) => new Promise((done) => {
  const dialog = $(`[data-dialog="${name}"]`);
  if (!dialog) { done(null); return; }
  dialog.returnValue = "";
  dialog.addEventListener("close", () => done(dialog.returnValue === "go" ? Object.fromEntries(new FormData($("form", dialog))) : null), { once: true });
  dialog.showModal();
  $("select, input", dialog)?.focus();
});

async function handover(article) {
  const list = $('[data-dialog="handover"] select');
  if (list) {
    const answer = await fetch(`/api/colleagues?alarm=${encodeURIComponent(article.dataset.alarm)}`, { credentials: "same-origin" }).catch(() => null);
    const people = answer?.ok ? await answer.json() : [];
    const word = { nurse: say("护士", "nurse"), caregiver: say("护理员", "caregiver"), director: say("主任", "director") };
    list.replaceChildren(...people.filter((p) => `staff:${p.id}` !== me()).map((p) => new Option(`${p.name} · ${word[p.role]}${p.on_shift ? say(" · 当班", " · on shift") : ""}`, p.id)));
  }
  const wish = await ask("handover", article);
  if (!wish?.to) return;
  if (article.dataset.state !== "acknowledged") await post(`/api/alarms/${article.dataset.alarm}/acknowledge`, {}).catch((fault) => refused(article, fault));
  await act(article, "handover", wish.note ? { to: wish.to, note: wish.note } : { to: wish.to });
}

async function shelve(article) {
  const wish = await ask("shelve", article);
  if (wish) await act(article, "shelve", { reason: wish.reason, until: Math.round(nowMs() + Number(wish.minutes) * 60000) });
}

function perform(article, button) {
  const action = button.dataset.act;
  if (action === "handover") handover(article);
  else if (action === "shelve") shelve(article);
  else if (action === "false") act(article, "resolve", { resolution: "false" });
  else if (action === "resolve") act(article, "resolve", { resolution: button.dataset.resolution });
  else act(article, action, {});
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  const article = event.target.closest("[data-alarm]");
  if (button && article) { event.preventDefault(); perform(article, button); return; }
  if (article?.matches(".mm-alarm") && !event.target.closest("a, button")) select(article);
  const does = event.target.closest("[data-do]")?.dataset.do;
  if (does === "sound") sound.blocked() ? sound.unblock().then(showSound) : mute();
  if (does === "unblock") sound.unblock().then(showSound);
  if (does === "self-test") selfTest();
  if (does === "heard") { kept?.setItem("sound-checked", String(Math.round(nowMs()))); event.target.hidden = true; tested(say("自检完成", "Checked")); showSound(); }
  // The first press anywhere gives the page its sound: nobody should have to find the button first.
  else if (sound.blocked()) sound.unblock().then(showSound);
});

document.addEventListener("keydown", (event) => {
  if (typing(event) || document.querySelector("dialog[open]")) return;
  const article = event.target.closest?.(".mm-alarm") ?? row();
  if (event.key === "Enter" && article && !event.target.closest?.("a, button, summary")) { event.preventDefault(); if (article.dataset.state !== "acknowledged") act(article, "acknowledge", {}); return; }
  if (event.key === " " && !event.target.closest?.("a, button, summary")) { event.preventDefault(); sound.blocked() ? sound.unblock().then(showSound) : mute(); return; }
  if (!lettersOn()) return;
  const key = event.key.toLowerCase();
  if (key === "j") step(1);
  else if (key === "k") step(-1);
  else if (article && key === "t") handover(article);
  else if (article && key === "f") act(article, "resolve", { resolution: "false" });
  else if (article && key === "s") shelve(article);
});

const tested = (text) => { const place = $("[data-self-test]"); if (place) place.textContent = text; };
async function selfTest() {
  if (!(await sound.unblock())) { tested(say("浏览器不让出声：请在地址栏左边允许声音", "The browser forbids sound: allow it beside the address")); return; }
  for (const [priority, word] of [["high", say("干预", "Intervene")], ["medium", say("预警", "Warn")], ["low", say("协助", "Assist")]]) {
    tested(word);
    await new Promise((next) => setTimeout(next, sound.play(priority) * 1000 + 900));
  }
  tested("");
  const heard = $('[data-do="heard"]');
  if (heard) heard.hidden = false;
}

// ---- receipts: the page of one who is called shows her page -----------------------------------------------------------
async function receipts() {
  if (document.visibilityState !== "visible") return;
  for (const shown of $$("[data-page]:not([data-received])")) {
    shown.dataset.received = "";
    await post(`/api/pages/${encodeURIComponent(shown.dataset.page)}/receipt`, {}).catch(() => delete shown.dataset.received);
  }
}
document.addEventListener("visibilitychange", receipts);
document.addEventListener("mumian:renewed", receipts);

sound.unblock().then(showSound).catch(showSound);
receipts();
count();
listen();
addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", (event) => { if (event.persisted) { listen(); renew(); } });
