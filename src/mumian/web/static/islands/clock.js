// The server's clock in the browser: an age never depends on how the tablet's own clock is set.
const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
const offsetMs = Number(meta("now-us")) / 1000 - Date.now();
export const english = document.documentElement.lang.startsWith("en");
export const csrf = () => meta("csrf");
export const head = () => Number(meta("head")) || 0;
export const nowMs = () => Date.now() + (Number.isFinite(offsetMs) ? offsetMs : 0);

// The same words as mumian.web.draw.age_text.
export function ageText(us) {
  const seconds = Math.max(0, Math.floor((nowMs() - us / 1000) / 1000));
  const two = (n) => String(n).padStart(2, "0");
  if (seconds < 3600) return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
  const hours = Math.floor(seconds / 3600), minutes = Math.floor((seconds % 3600) / 60);
  if (hours < 24) return english ? `${hours} h ${minutes} min` : `${hours} 小时 ${minutes} 分`;
  return english ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours / 24)} 天`;
}

const wall = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
export const wallTime = (ms = nowMs()) => wall.format(ms);

export async function post(path, body, key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`) {
  const answer = await fetch(path, {
    method: "POST", credentials: "same-origin", body: JSON.stringify(body ?? {}),
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": csrf(), "Idempotency-Key": key },
  });
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(data.detail || String(answer.status)), { status: answer.status, code: data.code });
  return data;
}

export function announce(text) {
  const place = document.querySelector("[data-announce]");
  if (place) place.textContent = text;
}
