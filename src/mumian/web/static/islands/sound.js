// Alarm sounds after IEC 60601-1-8: high 5 + 5 tones (repeat ≤ 10 s), medium 3 (≤ 30 s), low 1. Never the only carrier.
const EVERY_S = { high: 8, medium: 25, low: Infinity };
// Seconds at which each tone begins, and its pitch: c f a' rising for high, as the standard's general melody does.
const TONES = {
  high: [0, 0.22, 0.44, 0.9, 1.12, 2.0, 2.22, 2.44, 2.9, 3.12].map((at, i) => [at, [523, 698, 880, 698, 880][i % 5]]),
  medium: [[0, 523], [0.4, 659], [0.8, 523]],
  low: [[0, 440]],
};
const LONG_S = { high: 0.15, medium: 0.2, low: 0.25 };
const PAUSE_S = 120;

let audio = null;
let until = 0;
let wanted = null;
let timer = 0;

export const paused = () => Date.now() < until;
export const leftS = () => Math.max(0, Math.ceil((until - Date.now()) / 1000));
export const blocked = () => !audio || audio.state !== "running";

export function pause() { until = Date.now() + PAUSE_S * 1000; schedule(); }
export function unpause() { until = 0; schedule(); }

// Browsers give sound only after a press; the bar at the top asks for one.
export async function unblock() {
  audio ??= new AudioContext();
  if (audio.state !== "running") await Promise.race([audio.resume(), new Promise((r) => setTimeout(r, 400))]);
  schedule();
  return !blocked();
}

export function play(priority) {
  if (blocked()) return 0;
  const begin = audio.currentTime + 0.05;
  for (const [at, pitch] of TONES[priority]) tone(begin + at, pitch, LONG_S[priority]);
  return TONES[priority].at(-1)[0] + LONG_S[priority];
}

// Four harmonics, so that one small loudspeaker's notch does not swallow the tone.
function tone(at, pitch, long) {
  const gain = audio.createGain();
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.22, at + 0.02);
  gain.gain.setValueAtTime(0.22, at + long - 0.03);
  gain.gain.linearRampToValueAtTime(0, at + long);
  gain.connect(audio.destination);
  for (let harmonic = 1; harmonic <= 4; harmonic += 1) {
    const source = audio.createOscillator();
    const share = audio.createGain();
    share.gain.value = 1 / harmonic ** 1.5;
    source.frequency.value = pitch * harmonic;
    source.connect(share).connect(gain);
    source.start(at);
    source.stop(at + long + 0.02);
  }
}

// The loudest unclaimed priority decides what sounds; a new one sounds at once.
export function want(priority) {
  const rose = priority && rank(priority) > rank(wanted);
  wanted = priority;
  if (rose && !paused()) play(priority);
  schedule();
}
const rank = (priority) => ["low", "medium", "high"].indexOf(priority);

function schedule() {
  clearTimeout(timer);
  const every = wanted ? EVERY_S[wanted] : Infinity;
  if (!Number.isFinite(every)) return;
  const wait = paused() ? until - Date.now() : every * 1000;
  timer = setTimeout(() => { if (wanted && !paused()) play(wanted); schedule(); }, wait);
}
