// Deciding by keyboard: next, previous, select, approve, refuse, open, take back. The page works without this file.
const place = document.querySelector("[data-inbox]");
const form = place?.querySelector("form[data-decide]");
const requests = () => [...(place?.querySelectorAll("[data-request]") ?? [])];
const ticks = () => [...(form?.querySelectorAll("input[name=id]") ?? [])];
const chosen = () => ticks().filter((tick) => tick.checked);
let current = null;

function mark(request) {
  current?.classList.remove("current");
  current = request;
  current?.classList.add("current");
}

function stand(request) {
  mark(request);
  current?.focus({ preventScroll: true });
  current?.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const all = requests();
  if (!all.length) return;
  const at = all.indexOf(current);
  stand(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + step))]);
}

function count() {
  const some = chosen().length;
  const batch = form?.querySelector("[data-batch]");
  if (!batch) return;
  batch.classList.toggle("some", some > 0);
  batch.querySelector("[data-count]").textContent = `${some} selected.`;
  for (const all of form.querySelectorAll("[data-all]")) {
    const mine = [...all.closest(".asks").querySelectorAll("input[name=id]")];
    all.checked = mine.every((tick) => tick.checked);
    all.indeterminate = !all.checked && mine.some((tick) => tick.checked);
  }
}

function refuse() {
  if (chosen().length) {
    form.querySelector("[data-batch] input[name=reason]").focus();
    return;
  }
  const own = current?.querySelector("[data-no]");
  if (own) {
    own.open = true;
    own.querySelector("input").focus();
  } else current?.querySelector("[data-reason]")?.focus();
}

function approve() {
  const button = chosen().length ? form.querySelector("[data-approve-all]") : current?.querySelector("[data-yes]");
  button?.click();
}

// The keys of this page, in place of those of others; none where nothing is to be decided.
export const keys = place
  ? {
      j: () => move(1),
      k: () => move(-1),
      x: () => {
        const tick = current?.querySelector("input[name=id]");
        if (tick) tick.checked = !tick.checked;
        count();
      },
      a: approve,
      r: refuse,
      u: () => place.querySelector("[data-undo]")?.click(),
      Enter: () => document.activeElement === current && current?.querySelector("[data-open]")?.click(),
    }
  : {};

if (form) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) {
      for (const tick of event.target.closest(".asks").querySelectorAll("input[name=id]")) tick.checked = event.target.checked;
    }
    count();
  });
  form.addEventListener("keydown", (event) => {
    // Enter in a reason refuses what the reason is for; the first button of a form would approve instead.
    if (event.key !== "Enter" || !event.target.matches("input[type=text]")) return;
    event.preventDefault();
    const near = event.target.closest("[data-no]")?.querySelector("button");
    (near ?? form.querySelector("[data-refuse], [data-refuse-all]"))?.click();
  });
  form.addEventListener("submit", () => setTimeout(() => form.classList.add("busy"), 0));
  window.addEventListener("pageshow", () => form.classList.remove("busy"));
  for (const one of requests()) one.addEventListener("focusin", () => mark(one));
  count();
  const only = requests();
  if (only.length === 1 && !form.querySelector("[data-batch]")) current = only[0];
}
// Enter in what was found would press the first answer, which nobody chose.
for (const found of place?.querySelectorAll("form.found") ?? []) {
  found.addEventListener("keydown", (event) => event.key === "Enter" && event.target.matches("input") && event.preventDefault());
}
place?.querySelector("[data-outcomes]")?.focus({ preventScroll: true });
