// The indicator board: a row opens where its link leads, R computes anew, and the chosen row is in sight.
import { lettersOn, typing } from "./shell.js";

document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-row]");
  if (row && !event.target.closest("a, button, input, summary, label")) row.querySelector("a").click();
});

document.addEventListener("keydown", (event) => {
  if (typing(event) || !lettersOn() || document.querySelector("dialog[open]")) return;
  if (event.key.toLowerCase() === "r") document.querySelector("[data-recompute]")?.click();
});

// Only the table's own panel is scrolled: on a phone, where the page scrolls as a whole, the link has led to the evidence.
const table = document.querySelector(".board__table");
const chosen = table?.querySelector("tr.is-selected");
if (chosen && table.scrollHeight > table.clientHeight) {
  const below = chosen.getBoundingClientRect().bottom - table.getBoundingClientRect().bottom;
  if (below > 0) table.scrollTop += below + chosen.offsetHeight;
}
