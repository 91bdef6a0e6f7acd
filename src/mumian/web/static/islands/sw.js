// Shows a page on the lock screen and opens it when it is touched. Caches nothing: an old alarm page would be a lie.
self.addEventListener("push", (event) => {
  const page = event.data?.json() ?? {};
  event.waitUntil(self.registration.showNotification(page.text ?? "木棉", { tag: page.alarm, requireInteraction: true, renotify: true, data: page, lang: "zh-CN" }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    return open.length ? open[0].focus() : self.clients.openWindow("/");
  })());
});
