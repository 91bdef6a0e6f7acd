// What the screens that hear a board share: the stream itself, the service's own time, and writing words into the page.
const CUT_MS = 3000, AGAIN_MS = 2000;

// Hears `path`, hands every item to `take`, and calls `draw` at most once a frame of the screen.
export function hearing(path, take, draw) {
  let serverUs = 0, heardAt = 0, drawn = 0; // the newest frame's own time, and when it came by this browser's monotonic clock
  const silentMs = () => performance.now() - heardAt;

  function show() {
    if (drawn) return;
    drawn = requestAnimationFrame(() => { drawn = 0; draw(); });
  }

  function listen() {
    const source = new EventSource(path);
    source.onmessage = (event) => {
      const frame = JSON.parse(event.data);
      serverUs = frame.now_us;
      heardAt = performance.now();
      for (const item of frame.items) take(item);
      show();
    };
    source.onerror = () => { if (source.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS); };
  }

  listen();
  show();
  setInterval(show, 500); // ages go on when nothing comes
  return {
    show,
    isHeard: () => heardAt > 0,
    isCut: () => !heardAt || silentMs() > CUT_MS,
    silentSeconds: () => (heardAt ? Math.floor(silentMs() / 1000) : 0),
    nowUs: () => serverUs + silentMs() * 1000,
  };
}

export const json = (selector) => JSON.parse(document.querySelector(selector).textContent);
export const sayer = (words) => (key, facts = {}) => Object.entries(facts).reduce((text, [name, value]) => text.replace(`%(${name})s`, value), words[key] ?? key).replace("%%", "%");
export const text = (node, said) => { if (node && node.textContent !== said) node.textContent = said; };
export const span = (seconds) => (seconds < 90 ? `${Math.floor(seconds)} s` : `${Math.floor(seconds / 60)} min`);
export const aged = (say, seconds, nowS) => (seconds < nowS ? say("now") : seconds < 90 ? say("age", { n: Math.floor(seconds) }) : say("mins", { n: Math.floor(seconds / 60) }));

// What is sealed begins with the id of who did it; a page says her name. `people`: id → name.
export const naming = (people) => (said) => {
  const [id, ...rest] = (said ?? "").split(" ");
  return [people[id] ?? id, ...rest].join(" ");
};
