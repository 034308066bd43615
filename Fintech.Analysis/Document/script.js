// Shows what a mark stands for where the pointer is. Without scripts nothing is lost: the tables have the same numbers.
"use strict";
const tip = document.getElementById("tip");
let on = null;
const leave = () => {
  on?.classList.remove("on");
  on = null;
  tip.hidden = true;
};
const place = (x, y) => {
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.min(Math.max(8, x - width / 2), innerWidth - width - 8)}px`;
  tip.style.top = `${y - height - 14 < 8 ? y + 18 : y - height - 14}px`;
};
document.addEventListener("pointermove", (event) => {
  const mark = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
  if (!mark) return leave();
  if (mark !== on) {
    leave();
    on = mark;
    on.classList.add("on");
    tip.textContent = on.dataset.tip;
    tip.hidden = false;
  }
  place(event.clientX, event.clientY);
});
document.addEventListener("pointerleave", leave);
addEventListener("scroll", leave, { passive: true });
// On paper the numbers of each figure belong beside it; the statements stay folded.
const opened = [];
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details.numbers:not([open])")) {
    if (details.querySelectorAll("tr").length > 30) continue;
    details.open = true;
    opened.push(details);
  }
});
addEventListener("afterprint", () => {
  for (const details of opened.splice(0)) details.open = false;
});
