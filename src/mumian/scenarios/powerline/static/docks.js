// The docks' screen: hears the newest of each dock, draws the chosen one, and gives held orders under a number of their own.
import { csrf, wallTime } from "../islands/clock.js";
import { held } from "./hold.js";
import { aged, hearing, json, naming, sayer, span as spanned, text } from "./stream.js";

const $ = (selector, within = document) => within.querySelector(selector);
const words = json("[data-words]"), still = json("[data-still]"), say = sayer(words), named = naming(still.people);
const SILENT_US = 6_000_000, LEFT_OPEN_US = 300e6, LANDING = ["rising", "approaching", "landing"];

const docks = new Map(); // serial number → {state, log, cycle}
let chosen = still.chosen;

function take(item) {
  if (item.of === "gone") return void docks.delete(item.key);
  const dock = docks.get(item.key) ?? { state: null, log: [], cycle: null };
  docks.set(item.key, dock);
  if (item.of === "state") dock.state = item;
  if (item.of === "log") dock.log = item.lines;
  if (item.of === "cycle") dock.cycle = item;
}

const { show, isHeard, isCut, silentSeconds, nowUs } = hearing("/powerline/docks/stream", take, draw);

// ---- words -----------------------------------------------------------------------------------------------------------
const clock = (us) => wallTime(us / 1000).slice(0, 5);
const secondsSince = (us) => Math.max(0, (nowUs() - us) / 1e6);
const span = (us) => spanned(Math.max(0, us / 1e6));
const isOld = (state) => isCut() || !state.heard_us || state.silent || nowUs() - state.heard_us > SILENT_US;
const english = () => document.documentElement.lang.startsWith("en");
const faultWord = (name) => (name === "rain" ? words.fault_rain : words[name] ?? name);
const runs = (dock) => Boolean(dock.cycle && !dock.cycle.ended_us);

// Since when the cover is open: its last word about it in the log, else since we listen.
const openSince = ({ state, log: lines }) => lines.findLast(([, { what, facts = {} }]) => what === "part" && facts.part === "cover" && facts.is === "open")?.[0] ?? state.since_us;

// What stands, in a few words, and how much it needs somebody: 3 now, 2 look, 1 in motion, 0 calm.
function headline(dock) {
  const { state, cycle } = dock;
  const seen = state.dock;
  if (!state.heard_us) return [words.never, 2];
  if (state.silent || nowUs() - state.heard_us > SILENT_US) return [say("silent", { t: clock(state.heard_us) }), 3];
  if (!seen) return [words.unknown, 2];
  if (seen.drone === "diverted") return [words.diverted, 3];
  if (seen.faults.length) return [say("faulty", { what: seen.faults.map(faultWord).join(english() ? ", " : "、") }), 3];
  const broke = cycle?.ended_us && cycle.outcome !== "done" && cycle.outcome !== "stopped" ? 2 : 0;
  if (LANDING.includes(seen.drone) || seen.drone === "away") return [words[seen.drone], Math.max(1, broke)];
  if (seen.cover === "moving") return [words.cover_moving, 1];
  if (seen.cover === "open") {
    const openUs = nowUs() - openSince(dock);
    return seen.drone === "in" && !runs(dock) && openUs > LEFT_OPEN_US ? [say("cover_left", { n: Math.floor(openUs / 60e6) }), 2] : [words.cover_open_now, Math.max(1, broke)];
  }
  if (seen.charging) return [say("charging", { n: Math.floor(seen.battery_percent) }), broke];
  return [words.waiting, broke];
}

const urgency = (dock) => (headline(dock)[1] >= 3 ? 2 : dock.state.heard_us ? 1 : 0); // which one is shown first

const listed = () => [...docks.values()].filter((dock) => dock.state).sort((a, b) => a.state.key.localeCompare(b.state.key, "en", { numeric: true }));

// ---- what is shown ---------------------------------------------------------------------------------------------------
function draw() {
  const all = listed(), need = all.filter((dock) => headline(dock)[1] >= 2).length, cut = isCut();
  if (!docks.get(chosen)?.state && all.length) chosen = [...all].sort((a, b) => urgency(b) - urgency(a))[0].state.key;
  $("[data-none]").hidden = !isHeard() || all.length > 0;
  for (const panel of document.querySelectorAll("[data-panel]")) panel.hidden = !all.length;
  text($("[data-count]"), all.length ? say(need ? "count" : "calm", { n: all.length, need }) : isHeard() ? words.none : "—");
  text($("[data-stream-age] span"), cut ? say("cut", { n: silentSeconds() }) : words.live);
  $("[data-stream-age]").classList.toggle("is-cut", cut);
  rows(all);
  if (docks.get(chosen)?.state) one(docks.get(chosen));
}

function rows(all) {
  const list = $("[data-rows]");
  for (const dock of all) {
    const { state } = dock, [said, need] = headline(dock);
    const row = list.querySelector(`[data-dock="${CSS.escape(state.key)}"]`) ?? added(list, state.key);
    text(row.children[0].firstChild, state.key);
    text(row.children[0].lastChild, state.place);
    row.title = [state.key, state.place].filter(Boolean).join(" · ");
    text(row.children[1].firstChild, runs(dock) && need < 2 ? say("cycling", { what: words[dock.cycle.phase] }) : said);
    text(row.children[1].lastChild, [words[state.origin], ...(!state.heard_us ? [say("listening", { t: clock(state.since_us) })] : isOld(state) || !state.dock ? [] : [`${Math.floor(state.dock.battery_percent)} %`, words[state.dock.drone]])].join(" · "));
    row.classList.toggle("is-old", isOld(state));
    row.classList.toggle("is-needed", need >= 3);
    row.setAttribute("aria-pressed", String(state.key === chosen));
    row.parentNode.dataset.need = need;
  }
  for (const row of [...list.querySelectorAll("[data-dock]")]) if (!docks.get(row.dataset.dock)?.state) row.parentNode.remove();
  if (list.matches(":hover") || list.contains(document.activeElement)) return; // no row moves under a hand
  const wanted = all.map((dock) => list.querySelector(`[data-dock="${CSS.escape(dock.state.key)}"]`).parentNode).sort((a, b) => (b.dataset.need >= 2) * b.dataset.need - (a.dataset.need >= 2) * a.dataset.need);
  wanted.forEach((place, n) => { if (list.children[n] !== place) list.insertBefore(place, list.children[n] ?? null); });
}

function added(list, key) {
  const place = document.createElement("li"), row = Object.assign(document.createElement("button"), { type: "button", className: "docks__row" });
  row.dataset.dock = key;
  for (let n = 0; n < 2; n += 1) {
    const cell = document.createElement("span");
    cell.append(document.createElement("b"), document.createElement("small"));
    row.append(cell);
  }
  row.onclick = () => { if (chosen !== key) tell(""); chosen = key; show(); };
  place.append(row);
  list.append(place);
  return row;
}

const part = (name) => $(`[data-one="${name}"]`);

function one(dock) {
  const { state } = dock, [said, need] = headline(dock);
  text(part("name"), state.key);
  text(part("place"), state.place);
  if (part("origin").dataset.origin !== state.origin) {
    part("origin").dataset.origin = state.origin;
    part("origin").innerHTML = `<span class="mm-origin mm-origin--${state.origin}"><svg aria-hidden="true"><use href="#or-${state.origin}"/></svg>${words[state.origin]}</span>`;
  }
  text(part("headline"), said);
  part("headline").classList.toggle("is-needed", need >= 3);
  drawing(state, said);
  facts(state, dock);
  cycle(dock);
  acts(dock);
  log(dock);
}

function drawing(state, said) {
  const seen = state.dock ?? {}, place = $("[data-drawing]");
  const marks = { cover: seen.cover ?? "unknown", putter: seen.putter ?? "unknown", drone: seen.drone ?? "unknown", charging: seen.charging ?? false, rain: seen.rain ?? false, wind: (seen.wind_mps ?? 0) > 12, air: seen.charging ?? false, old: isOld(state), seen: Boolean(state.dock) };
  for (const [name, value] of Object.entries(marks)) place.dataset[name] = value;
  const caption = `${state.key}: ${said}; ${words.cover} ${words[seen.cover] ?? words.unknown}, ${words.putter} ${words[seen.putter] ?? words.unknown}, ${words.drone} ${words[seen.drone] ?? words.unknown}`;
  if (place.getAttribute("aria-label") !== caption) place.setAttribute("aria-label", caption);
  const putter = { closed: words.held, open: words.loose }[seen.putter] ?? words[seen.putter] ?? words.unknown;
  const says = {
    wind: seen.wind_mps === undefined ? "" : `${seen.wind_mps.toFixed(0)} m/s`, rain: seen.rain ? words.is_rain : "", battery: seen.battery_percent === undefined ? "" : `${Math.floor(seen.battery_percent)} %`,
    air: seen.temperature_c === undefined ? "" : `${seen.temperature_c.toFixed(0)} °C`, drone: seen.drone && seen.drone !== "in" ? words[seen.drone] : "", cover: `${words.cover} · ${words[seen.cover] ?? words.unknown}`, putter: `${words.putter} · ${putter}`,
  };
  for (const [name, value] of Object.entries(says)) text($(`[data-says="${name}"]`), value);
}

function facts(state, dock) {
  const seen = state.dock, list = part("facts"), none = "—";
  const limit = runs(dock) ? dock.cycle.limit_percent : still.limits.storage;
  const shown = [
    [words.battery, seen ? `${seen.battery_percent.toFixed(1)} %` : none], [words.charge, seen ? words[seen.charging ? "is_charging" : "not_charging"] : none],
    [words.limit, `${limit} %`], [words.power, seen ? words[seen.powered ? "on" : "off"] : none],
    [words.wind, seen ? `${seen.wind_mps.toFixed(1)} m/s` : none], [words.rain, seen ? words[seen.rain ? "is_rain" : "no_rain"] : none],
    [words.temperature, seen ? `${seen.temperature_c.toFixed(1)} °C` : none], [words.heard, state.heard_us ? (isOld(state) ? say("silent", { t: clock(state.heard_us) }) : aged(say, secondsSince(state.heard_us), 3)) : say("listening", { t: clock(state.since_us) })],
    [words.faults, seen ? seen.faults.map(faultWord).join(english() ? ", " : "、") || words.no_fault : none],
  ];
  while (list.children.length < shown.length) {
    const row = document.createElement("div");
    row.append(document.createElement("dt"), document.createElement("dd"));
    list.append(row);
  }
  shown.forEach(([what, value], n) => { text(list.children[n].firstChild, what); text(list.children[n].lastChild, value); list.children[n].classList.toggle("is-wide", n >= 8); });
  list.classList.toggle("is-old", isOld(state));
}

function cycle({ cycle: row, log: lines }) {
  const steps = ["leaving", "flying", "closing", "done"], at = row ? (row.outcome === "done" ? 3 : steps.indexOf(row.phase)) : -1;
  const over = Boolean(row?.ended_us), failed = over && row.outcome !== "done";
  steps.forEach((name, n) => {
    const step = $(`[data-step="${name}"]`);
    step.className = !row ? "" : n < at || row.outcome === "done" ? "is-done" : n === at ? (failed ? "is-broken" : "is-now") : "";
    step.toggleAttribute("aria-current", n === at && !over);
    text($("small", step), n === at && row && !over ? span(nowUs() - row.phase_us) : n === at && failed ? words[row.outcome] ?? row.outcome : "");
  });
  text(part("cycle-by"), row ? say("cycle_by", { who: named(row.by), t: clock(row.begun_us) }) : "");
  const touched = row && lines.some(([us, body]) => us >= row.begun_us && us <= (row.ended_us ?? Infinity) && (body.event === "foreign order" || (body.event === "order" && !body.cycle)));
  text(part("cycle"), !row ? words.cycle_none
    : !over ? say("cycle_runs", { what: words[row.phase], n: span(nowUs() - row.begun_us) })
    : row.outcome === "done" ? say(touched ? "cycle_done_touched" : "cycle_done", { t: clock(row.ended_us), n: span(row.ended_us - row.begun_us) })
    : say("cycle_ended", { t: clock(row.ended_us), what: words[row.outcome] ?? row.outcome, why: named(english() ? row.en : row.zh) }));
  part("cycle").classList.toggle("is-needed", failed && row.outcome !== "stopped");
}
function acts(dock) {
  const { state } = dock, old = isOld(state) || !state.dock, cycling = runs(dock), locks = old ? {} : { cycle: state.cycle, ...state.orders };
  for (const button of document.querySelectorAll("[data-order]")) {
    const name = button.dataset.order;
    button.hidden = name === "stop" ? !cycling : old || cycling || locks[name] !== "";
  }
  const lines = old ? [["", words.no_orders_silent]] : cycling ? [["", words.no_orders_cycle]] : Object.entries(locks).filter(([, lock]) => lock).map(([name, lock]) => [words[name], still.locks[lock] ?? lock]);
  $("[data-locks]").hidden = !lines.length;
  const list = part("locks"), mark = JSON.stringify(lines);
  if (list.dataset.mark === mark) return;
  list.dataset.mark = mark;
  list.replaceChildren(...lines.map(([what, why]) => {
    const line = document.createElement("li");
    if (what) line.append(Object.assign(document.createElement("b"), { textContent: what }));
    line.append(Object.assign(document.createElement("span"), { textContent: why }));
    return line;
  }));
}

// ---- the log ---------------------------------------------------------------------------------------------------------
function line(body) {
  const who = body.cycle ? words.by_cycle : named(body.by), what = words[body.method] ?? body.method ?? "";
  switch (body.event) {
    case "order": return body.cycle && body.attempt === 1 ? say("log_cycle", { what }) : body.attempt > 1 ? say("log_again", { n: body.attempt, what }) : say("log_order", { who, what });
    case "reply": return body.result === 0 ? say("log_ok", { what }) : say("log_no", { what, why: words[`result_${body.result}`] ?? body.result });
    case "no reply": return say("log_none", { what });
    case "forbidden": return say("log_lock", { who, what, why: still.locks[body.interlock] ?? body.interlock });
    case "refused": return say("log_refused", { who, what, why: english() ? body.en : body.zh });
    case "unknown": return say("log_unknown", { what });
    case "fault": return say(body.on ? "log_fault" : "log_mended", { what: faultWord(body.fault) });
    case "silent": return words.log_silent;
    case "heard again": return words.log_back;
    case "foreign order": return say("log_foreign", { what });
    case "cycle begun": return say("log_begun", { who: named(body.by) });
    case "cycle phase": return say("log_phase", { what: words[body.phase] ?? body.phase });
    case "cycle ended": return body.outcome === "done" ? words.log_done : say("log_ended", { what: words[body.outcome] ?? body.outcome, why: named(english() ? body.en : body.zh) });
    default: return spoken(body);
  }
}

function spoken({ what, facts = {} }) {
  if (what === "part" && facts.part && facts.is !== undefined) return say("log_part", { what: words[facts.part] ?? facts.part, now: words[facts.is] ?? facts.is });
  if (what === "drone" && facts.is !== undefined) return say("log_part", { what: words.drone, now: words[facts.is] ?? facts.is });
  if (what === "charge") return words[facts.charging ? "log_charge_on" : "log_charge_off"];
  return say("log_said", { what: `${what} ${JSON.stringify(facts)}` });
}

const GRAVE = new Set(["no reply", "forbidden", "refused", "unknown", "foreign order", "silent"]);
const isGrave = (body) => GRAVE.has(body.event) || (body.event === "fault" && body.on) || (body.event === "reply" && body.result !== 0) || (body.event === "cycle ended" && body.outcome !== "done");

function log({ state, log: lines }) {
  const list = part("log"), mark = `${state.key} ${lines.length} ${lines.at(-1)?.[0]}`;
  if (list.dataset.mark === mark) return;
  list.dataset.mark = mark;
  const made = [...lines].reverse().map(([us, body]) => {
    const row = Object.assign(document.createElement("li"), { className: isGrave(body) ? "is-grave" : "", title: body.tid ?? "" });
    row.append(Object.assign(document.createElement("time"), { textContent: wallTime(us / 1000) }), Object.assign(document.createElement("span"), { textContent: line(body) }));
    return row;
  });
  if (!made.length) made.push(Object.assign(document.createElement("li"), { textContent: words.nothing }));
  list.replaceChildren(...made);
}

// ---- orders ----------------------------------------------------------------------------------------------------------
function tell(said) {
  const place = part("said");
  if (!place) return;
  place.hidden = !said;
  text(place, said);
}

const number = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");

async function order(what, tid = number(), tries = 2) {
  const key = chosen, limit = $("input[name=limit]:checked")?.value ?? "storage";
  tell(say("sent", { what: words[what] }));
  try {
    const body = new URLSearchParams({ do: what, tid, limit });
    const answer = await fetch(`/powerline/docks/${encodeURIComponent(key)}`, { method: "POST", credentials: "same-origin", body, headers: { Accept: "application/json", "X-CSRF-Token": csrf() } });
    const data = await answer.json().catch(() => ({}));
    if (key !== chosen) return;
    tell(!answer.ok ? data.detail || String(answer.status) : data.result === "acknowledged" ? say("ack", { what: words[what] }) : words[data.result] ?? data.result);
  } catch (fault) {
    if (tries > 1) return void setTimeout(() => order(what, tid, tries - 1), 1000); // the same number: it is done once
    tell(say("failed", { why: fault.message }));
  }
}

for (const button of document.querySelectorAll(".mm-hold")) held(button, () => order(button.dataset.order), () => tell(words.cancelled));
$('[data-order="stop"]')?.addEventListener("click", () => order("stop"));
