// Shows what a mark of a chart stands for: under the pointer, or in the focused chart by the arrow keys. Without scripts nothing is lost: the tables
// have the same numbers.
"use strict";
const tip = document.getElementById("tip");
let on = null;
const leave = () => {
  on?.classList.remove("on");
  on = null;
  tip.hidden = true;
};
const show = (mark) => {
  if (mark === on) return;
  leave();
  on = mark;
  on.classList.add("on");
  tip.textContent = on.dataset.tip;
  tip.hidden = false;
};
const place = (x, y) => {
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.min(Math.max(8, x - width / 2), innerWidth - width - 8)}px`;
  tip.style.top = `${y - height - 14 < 8 ? y + 18 : y - height - 14}px`;
};
document.addEventListener("pointermove", (event) => {
  const mark = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
  if (!mark) return leave();
  show(mark);
  place(event.clientX, event.clientY);
});
document.addEventListener("pointerleave", leave);
addEventListener("scroll", leave, { passive: true });

// Charts take the focus; left and right go from mark to mark, Home and End to the first and the last.
for (const chart of document.querySelectorAll("figure svg")) {
  const marks = [...chart.querySelectorAll("[data-tip]")];
  if (marks.length === 0) continue;
  chart.tabIndex = 0;
  let at = -1;
  chart.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return leave();
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: marks.length - 1 }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    at = Math.min(Math.max(0, to), marks.length - 1);
    show(marks[at]);
    const { left, top, width } = marks[at].getBoundingClientRect();
    place(left + width / 2, top);
  });
  chart.addEventListener("blur", leave);
}

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
