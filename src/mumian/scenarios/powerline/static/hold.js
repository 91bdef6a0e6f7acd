// A button that acts only when it is held for a second, by pointer, finger, Space or Enter; `data-key` names a letter that does too.
import { lettersOn, typing } from "../islands/shell.js";

export const HOLD_MS = 1000;

export function held(button, act, cancelled) {
  let began = 0, frame = 0;
  const fill = () => {
    if (button.disabled || button.hidden) return end(); // what may no longer be ordered is not, though a finger still lies on it
    const done = Math.min(1, (performance.now() - began) / HOLD_MS);
    button.style.setProperty("--held", done);
    button.classList.add("is-held");
    if (done < 1) frame = requestAnimationFrame(fill);
    else { end(false); act(button); }
  };
  const begin = () => { if (!began && !button.disabled && !button.hidden) { began = performance.now(); fill(); } };
  const end = (early = true) => {
    if (!began) return;
    began = 0;
    cancelAnimationFrame(frame);
    button.style.setProperty("--held", 0);
    button.classList.remove("is-held");
    if (early) cancelled(button);
  };
  button.addEventListener("pointerdown", (event) => { if (event.button === 0) { button.setPointerCapture(event.pointerId); begin(); } });
  for (const name of ["pointerup", "pointercancel", "blur"]) button.addEventListener(name, () => end());
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  const isLetter = (event) => Boolean(button.dataset.key) && event.key.toLowerCase() === button.dataset.key;
  const isMine = (event) => (document.activeElement === button && (event.key === " " || event.key === "Enter")) || (isLetter(event) && lettersOn() && !typing(event));
  document.addEventListener("keydown", (event) => { if (isMine(event)) { event.preventDefault(); if (!event.repeat) begin(); } });
  document.addEventListener("keyup", (event) => { if ([" ", "Enter"].includes(event.key) || isLetter(event)) end(); });
  window.addEventListener("blur", () => end());
}
