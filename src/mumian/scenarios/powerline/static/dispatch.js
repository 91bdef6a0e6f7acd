// The dispatcher's screen: hears the newest state of each vehicle, draws the map, and gives held orders.
import { csrf, wallTime } from "../islands/clock.js";
import { Chart } from "./chart.js";
import { held } from "./hold.js";
import { aged, hearing, json, sayer, span as spanned, text } from "./stream.js";

const $ = (selector, within = document) => within.querySelector(selector);
const words = json("[data-words]"), still = json("[data-drawings]"), say = sayer(words);
const LATE_US = 3_000_000;
const ANSWER_S = 120; // an answer that is older tells nothing of what the vehicle does now
const RANK = ["high", "medium", "low"];

const fleet = new Map(); // key → {state, track, log}
let chosen = "";
const chart = new Chart($("[data-map]"), still.drawings, say, (key) => choose(key));

function take(item) {
  if (item.of === "gone") return void fleet.delete(item.key);
  const craft = fleet.get(item.key) ?? { state: null, track: [], log: { texts: [], photos: [] } };
  fleet.set(item.key, craft);
  if (item.of === "track") craft.track = item.track;
  if (item.of === "log") craft.log = item;
  if (item.of !== "state") return;
  craft.state = item;
  const last = craft.track.at(-1);
  if (item.lon !== undefined && (!last || Math.hypot((item.lon - last[0]) * 102e3, (item.lat - last[1]) * 111e3) > 2)) craft.track.push([item.lon, item.lat]);
  if (craft.track.length > 1500) craft.track.splice(0, 300);
}

const { show, isCut, silentSeconds, nowUs } = hearing("/powerline/vehicles/stream", take, draw);

// ---- what is shown ---------------------------------------------------------------------------------------------------
const secondsSince = (us) => Math.max(0, (nowUs() - us) / 1e6);
const age = (us) => aged(say, secondsSince(us), 1);
const span = (us) => spanned(secondsSince(us));
const isOld = (state) => isCut() || state.silent || nowUs() - state.heard_us > LATE_US;
const value = (number, unit, digits = 0) => (number === null || number === undefined ? "—" : `${number.toFixed(digits)} ${unit}`);
const isAlone = (state) => [...fleet.values()].every((craft) => !craft.state || craft.state.system !== state.system || craft.state.key === state.key);
const nameOf = (state) => say("name", { n: state.system }) + (isAlone(state) ? "" : ` · ${state.key.split("-")[0]}`); // two of one number: by address, too
const doing = (state) => (state.armed ? words[{ hold: "holding", return: "returning" }[state.doing] ?? state.doing] : words.standing);
const raw = (state) => `${state.mode} · ${state.armed ? words.armed : words.disarmed}`;

// What is wrong with a vehicle: [tier, word], the worst first. In flight by the rules' reserve and the vehicle's own word; on the ground it only wants a battery.
function troubles(state) {
  const left = state.battery_percent ?? 100, { low, critical } = still.battery, found = [];
  if (state.armed && left < critical) found.push(["high", words.battery_critical]);
  if (state.armed && state.is_critical) found.push(["high", words.critical]);
  if (state.armed && isOld(state)) found.push(["medium", words.lost]);
  if (state.armed && left < low && left >= critical) found.push(["medium", words.battery_low]);
  if (!state.armed && left < low) found.push(["low", words.battery_swap]);
  return found;
}
const batteryTrouble = (state) => troubles(state).find(([, word]) => [words.battery_critical, words.battery_low, words.battery_swap].includes(word));
const worst = (state) => troubles(state)[0]?.[0];
const rank = (state) => (worst(state) ? RANK.indexOf(worst(state)) : RANK.length);
const listed = () => [...fleet.values()].filter((craft) => craft.state).sort((a, b) => rank(a.state) - rank(b.state) || a.state.key.localeCompare(b.state.key, "en", { numeric: true }));

// A sign (shape and marks) before a word; none where `tier` is undefined.
function signed(node, said, tier) {
  if (node.dataset.tier !== (tier ?? "")) {
    node.dataset.tier = tier ?? "";
    node.replaceChildren();
    if (tier) node.innerHTML = `<svg class="mm-tier mm-tier--${tier}" aria-hidden="true"><use href="#tier-${tier}"/></svg>`;
    node.append(document.createElement("span"));
  }
  text(node.lastChild, said);
}

function alarm(all) {
  const bad = all.filter((craft) => rank(craft.state) < RANK.indexOf("low")), place = $("[data-fleet-trouble]");
  place.hidden = !bad.length;
  const who = bad.slice(0, 3).map(({ state }) => say("one_trouble", { name: nameOf(state), what: troubles(state)[0][1] })).join(words.and);
  if (bad.length) signed(place, say("trouble", { n: bad.length, who: who + (bad.length > 3 ? " …" : "") }), worst(bad[0].state));
}

function draw() {
  const all = listed();
  if (!chosen && all.length) choose(all[0].state.key);
  $("[data-none]").hidden = all.length > 0;
  const silent = all.filter((craft) => isOld(craft.state)).length;
  text($("[data-fleet-count]"), all.length ? say("count", { n: all.length, flying: all.filter((c) => c.state.armed).length, silent }) : words.none);
  const newest = Math.max(0, ...all.map((craft) => craft.state.placed_us ?? 0));
  const lateS = (nowUs() - newest) / 1e6;
  const cut = isCut();
  text($("[data-stream-age] span"), cut ? say("cut", { n: silentSeconds() }) : newest ? say("late", { n: lateS < 10 ? lateS.toFixed(1) : Math.floor(lateS) }) : words.quiet);
  $("[data-stream-age]").classList.toggle("is-cut", cut);
  alarm(all);
  rows(all);
  one(fleet.get(chosen));
  ageAnswer();
  chart.draw(all.map((craft) => ({ ...craft, name: nameOf(craft.state), old: isOld(craft.state), said: say("silent", { n: span(craft.state.heard_us) }) })), chosen);
}

function cells(state) {
  const old = isOld(state), [tier, word] = batteryTrouble(state) ?? [];
  return [
    [nameOf(state), words[state.origin], "", worst(state)], [doing(state), raw(state)],
    [value(state.battery_percent, "%"), word ?? words.battery, "dispatch__battery", tier], [value(state.above_home_m, "m", 1), words.height], [value(state.speed_mps, "m/s", 1), words.speed, "is-more"],
    [value(state.loss === null ? null : state.loss * 100, "%", 1), words.loss, "is-more"], [value(state.round_trip_ms, "ms"), words.trip, "is-more"],
    [old ? say("silent", { n: span(state.heard_us) }) : age(state.heard_us), words.heard, "dispatch__age"],
  ];
}

function rows(all) {
  const list = $("[data-rows]");
  for (const row of [...list.querySelectorAll("[data-vehicle]")]) if (!fleet.get(row.dataset.vehicle)?.state) row.parentNode.remove();
  for (const { state } of all) {
    let row = list.querySelector(`[data-vehicle="${state.key}"]`);
    if (!row) {
      const place = document.createElement("li");
      row = Object.assign(document.createElement("button"), { type: "button", className: "dispatch__row" });
      row.dataset.vehicle = state.key;
      for (const [, , kind] of cells(state)) {
        const cell = document.createElement("span");
        cell.className = kind ?? "";
        cell.append(document.createElement("b"), document.createElement("small"));
        row.append(cell);
      }
      row.onclick = () => choose(state.key);
      place.append(row);
      list.append(place);
    }
    cells(state).forEach(([big, small, , tier], n) => { signed(row.children[n].firstChild, big, tier); text(row.children[n].lastChild, small); });
    row.classList.toggle("is-old", isOld(state));
    for (const tier of RANK) row.classList.toggle(`is-${tier}`, worst(state) === tier);
    row.setAttribute("aria-pressed", String(state.key === chosen));
  }
  const places = all.map(({ state }) => list.querySelector(`[data-vehicle="${state.key}"]`).parentNode);
  const isMoved = places.some((place, n) => list.children[n] !== place);
  if (isMoved && !list.matches(":hover, :focus-within")) list.append(...places); // never under the pointer or from under the focus
}

function one(craft) {
  const state = craft?.state, part = (name) => $(`[data-one="${name}"]`);
  for (const button of document.querySelectorAll(".mm-hold")) button.disabled = !state;
  if (!state) return;
  text(part("name"), nameOf(state));
  text(part("mode"), `${doing(state)} · ${state.armed ? words.armed : words.disarmed}`);
  part("mode").title = state.mode;
  if (part("origin").dataset.origin !== state.origin) {
    part("origin").dataset.origin = state.origin;
    part("origin").innerHTML = `<span class="mm-origin mm-origin--${state.origin}"><svg aria-hidden="true"><use href="#or-${state.origin}"/></svg>${words[state.origin]}</span>`;
  }
  const shown = cells(state).slice(2).map(([big, small, , tier]) => [small, big, tier]);
  const facts = [...shown.slice(0, 5), [words.item, state.items ? `${state.item ?? "—"} / ${state.items}` : "—"], shown[5], [words.source, addressOf(state.source)]];
  const list = part("facts");
  while (list.children.length < facts.length) {
    const row = document.createElement("div");
    row.append(document.createElement("dt"), document.createElement("dd"));
    list.append(row);
  }
  facts.forEach(([what, said, tier], n) => { text(list.children[n].firstChild, what); signed(list.children[n].lastChild, said, tier); list.children[n].classList.toggle("is-wide", n >= 6); });
  list.classList.toggle("is-old", isOld(state));
  log(part("log"), craft.log, state.key);
  const lease = state.lease;
  text(part("lease"), lease ? say("held", { who: lease.holder, since: lease.since_us ? wallTime(lease.since_us / 1000) : "—", n: Math.max(0, Math.round((lease.until_us - nowUs()) / 1e6)) }) + (lease.taken_from ? ` · ${say("taken", { who: lease.taken_from })}` : "") : words.free);
}

// "udpout:127.0.0.1:40123" as "UDP · this machine · 40123"; as it stands where it has another form.
function addressOf(source) {
  const [, kind, host, port] = /^(udp|udpout|tcp|tcpin):(.*):(\d+)$/.exec(source) ?? [];
  if (!kind) return source;
  return [kind.slice(0, 3).toUpperCase(), ["127.0.0.1", "localhost", "[::1]"].includes(host) ? words.here : host, port].join(" · ");
}

function log(list, said, key) {
  const last = said.texts.at(-1);
  const mark = `${key} ${said.texts.length} ${last?.[0]} ${said.photos.length}`;
  if (list.dataset.mark === mark) return;
  list.dataset.mark = mark;
  const lines = [...said.texts].reverse().map(([us, severity, words_]) => {
    const line = document.createElement("li");
    line.className = severity <= 4 ? "is-grave" : "";
    const when = Object.assign(document.createElement("time"), { textContent: wallTime(us / 1000) });
    const what = Object.assign(document.createElement("span"), { textContent: words_ });
    line.append(when, what);
    return line;
  });
  if (!lines.length) lines.push(Object.assign(document.createElement("li"), { textContent: words.nothing }));
  list.replaceChildren(...lines);
}

function choose(key) {
  if (chosen !== key) tell("");
  chosen = key;
  show();
}

// ---- held orders -----------------------------------------------------------------------------------------------------
let answeredUs = 0;

function tell(said, mayTake = false) {
  answeredUs = nowUs();
  $('[data-one="answer"]').hidden = !said;
  text($('[data-one="said"]'), said);
  const take = $('[data-order="take"]');
  if (take) take.hidden = !mayTake;
}

function ageAnswer() {
  if ($('[data-one="answer"]').hidden) return;
  if (secondsSince(answeredUs) > ANSWER_S) tell("");
  else text($('[data-one="said-age"]'), `${wallTime(answeredUs / 1000)} · ${age(answeredUs)}`);
}

async function order(what, takeOver = false) {
  const key = chosen;
  tell(say("sent", { what: words[what] }));
  try {
    const body = new URLSearchParams({ do: what, ...(takeOver ? { take_over: "1" } : {}) });
    const answer = await fetch(`/powerline/dispatch/${key}`, { method: "POST", credentials: "same-origin", body, headers: { Accept: "application/json", "X-CSRF-Token": csrf() } });
    const data = await answer.json().catch(() => ({}));
    if (key !== chosen) return;
    tell(answer.ok ? say("ack", { what: words[what] }) : data.detail || String(answer.status), data.code === "lease_held");
  } catch (fault) {
    tell(say("failed", { why: fault.message }));
  }
}

for (const button of document.querySelectorAll(".mm-hold")) {
  const isTake = button.dataset.order === "take";
  held(button, () => order(isTake ? "hold" : button.dataset.order, isTake), () => tell(words.cancelled, isTake));
}
for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => { chart.zoom(button.dataset.zoom); show(); });
