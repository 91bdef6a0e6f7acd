// Subscribes this device to Web Push, so that a page reaches a phone whose browser is shut.
import { english, post } from "./clock.js";

const state = document.querySelector("[data-push-state]");
const button = document.querySelector('[data-do="push"]');
const say = (zh, en) => { if (state) state.textContent = english ? en : zh; };
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

async function current() {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) {
    if (button) button.disabled = true;
    say("这个浏览器收不到锁屏呼叫：请用 https 打开本页，或换 Chrome、Edge、Safari", "This browser takes no push: open this page by https, or use Chrome, Edge or Safari");
    return null;
  }
  const worker = await navigator.serviceWorker.register("/sw.js");
  const found = await worker.pushManager.getSubscription();
  if (found) say("这台设备已订阅", "This device is subscribed");
  return worker;
}

button?.addEventListener("click", async () => {
  try {
    const worker = await current();
    if (!worker) return;
    const { key } = await (await fetch("/api/push/key", { credentials: "same-origin" })).json();
    const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
    await post("/api/push/subscriptions", made.toJSON());
    say("这台设备已订阅", "This device is subscribed");
  } catch (fault) {
    say(`没订阅上：${fault.message}。请在浏览器里允许通知再试`, `Not subscribed: ${fault.message}. Allow notifications in the browser and try again`);
  }
});
current().catch(() => {});
