// Dropping files, pasting rows, checking again, waiting for work. Every form works without this file.
const MOST = 2 * 1024 ** 3;

export function bytes(count) {
  for (const [power, unit] of [[3, "GB"], [2, "MB"], [1, "KB"]]) {
    if (count >= 1024 ** power) return `${(count / 1024 ** power).toFixed(1)}\u00a0${unit}`;
  }
  return `${count}\u00a0bytes`;
}

export function lasting(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 90) return `${whole}\u00a0s`;
  return `${Math.floor(whole / 60)}\u00a0min ${whole % 60}\u00a0s`;
}

// A key says which sendings are the same one. What is sent anew, with something else in it, gets a key of its own.
export function renew(form) {
  const key = form.elements._key;
  if (!key) return;
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  key.value = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function refuse(form, words) {
  const place = form.querySelector("[data-refused]");
  if (!place) return;
  place.textContent = words;
  place.hidden = !words;
}

function showChosen(form, files) {
  const list = form.querySelector("[data-chosen]");
  list.replaceChildren(
    ...files.map((file) => {
      const item = document.createElement("li");
      const size = document.createElement("span");
      item.append(file.name);
      size.textContent = bytes(file.size);
      item.append(size);
      return item;
    }),
  );
  list.hidden = !files.length;
}

// One request with its progress; only XMLHttpRequest tells how much was sent.
function send(form, body, total) {
  const sending = form.querySelector("[data-sending]");
  const bar = sending?.querySelector("progress");
  const words = sending?.querySelector(".pace");
  const began = performance.now();
  const request = new XMLHttpRequest();
  form.classList.add("busy");
  form.setAttribute("aria-busy", "true");
  refuse(form, "");
  if (sending) sending.hidden = false;
  request.upload.addEventListener("progress", (event) => {
    const seconds = (performance.now() - began) / 1000;
    const rate = seconds > 0.2 ? event.loaded / seconds : 0;
    if (bar) bar.value = (100 * event.loaded) / Math.max(1, event.total);
    if (!words) return;
    const left = rate ? `, about ${lasting((event.total - event.loaded) / rate)} left` : "";
    words.textContent = `${bytes(event.loaded)} of ${bytes(total)} sent${rate ? `, ${bytes(rate)} a second${left}` : ""}`;
  });
  request.upload.addEventListener("load", () => {
    if (words) words.textContent = `All ${bytes(total)} sent; reading begins.`;
  });
  const stop = (text) => {
    form.classList.remove("busy");
    form.removeAttribute("aria-busy");
    if (sending) sending.hidden = true;
    refuse(form, text);
  };
  request.addEventListener("load", () => {
    if (request.status < 400) {
      window.location.assign(request.responseURL || form.action);
      return;
    }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const said = [...page.querySelectorAll(".issue")].map((one) => one.innerText.trim().replace(/\s*\n\s*/g, ". "));
    stop(said.join(" ") || "The files were refused.");
  });
  request.addEventListener("error", () => stop("The connection broke off; nothing was taken. Send them again."));
  request.open("POST", form.action);
  request.setRequestHeader("x-token", form.elements._token.value);
  request.setRequestHeader("idempotency-key", form.elements._key.value);
  request.send(body);
}

function sendFiles(form, files) {
  const kept = files.filter((file) => file.size || file.name);
  if (!kept.length) return;
  const total = kept.reduce((sum, file) => sum + file.size, 0);
  const same = JSON.stringify(kept.map((file) => [file.name, file.size, file.lastModified]));
  if (form.dataset.sent && form.dataset.sent !== same) renew(form);
  form.dataset.sent = same;
  showChosen(form, kept);
  if (total > MOST) {
    refuse(form, `These are ${bytes(total)}; at most 2 GB go together. Drop fewer at a time, or use: saleswright import PATH`);
    return;
  }
  const body = new FormData();
  for (const file of kept) body.append("files", file, file.name);
  send(form, body, total);
}

function sendText(form, text) {
  const body = new FormData();
  if (form.dataset.sent && form.dataset.sent !== text) renew(form);
  form.dataset.sent = text;
  const rows = new Blob([text], { type: "text/tab-separated-values" });
  body.append("pasted", rows, "pasted.tsv");
  send(form, body, rows.size);
}

function startDrop(form) {
  const input = form.querySelector("input[type=file]");
  const holds = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    if (!holds(event)) return;
    event.preventDefault();
    sendFiles(form, [...event.dataTransfer.files]);
  });
  input.addEventListener("change", () => showChosen(form, [...input.files]));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sendFiles(form, [...input.files]);
  });
  document.addEventListener("paste", (event) => {
    if (event.target.closest?.("input, textarea, select")) return;
    const files = [...(event.clipboardData?.files ?? [])];
    const box = document.querySelector("#pasted");
    if (files.length) sendFiles(form, files);
    else if (box) {
      box.value = event.clipboardData?.getData("text/plain") ?? "";
      box.focus();
    }
  });
}

// A column's choice names what was shown beside file and column; the first two find it again after a change.
function sameField(name) {
  return name.startsWith("column:") ? JSON.stringify(JSON.parse(name.slice(7)).slice(0, 2)) : name;
}

// The page of an import: a changed answer or column is checked at once, and the place on the page is kept.
function startCheck(form) {
  const place = `place:${window.location.pathname}`;
  const kept = sessionStorage.getItem(place);
  if (kept) {
    sessionStorage.removeItem(place);
    const { y, name, value } = JSON.parse(kept);
    window.scrollTo(0, y);
    const same = [...form.elements].find(
      (one) => one.name && sameField(one.name) === name && (one.type !== "radio" || one.value === value),
    );
    same?.focus({ preventScroll: true });
  }
  form.addEventListener("change", (event) => {
    const { name, value } = event.target;
    if (!name) return;
    renew(form);
    sessionStorage.setItem(place, JSON.stringify({ y: window.scrollY, name: sameField(name), value }));
    form.requestSubmit(form.querySelector("button[value=check]"));
  });
  form.addEventListener("submit", () => {
    // A second click while the first is on its way does nothing.
    setTimeout(() => form.classList.add("busy"), 0);
  });
  window.addEventListener("pageshow", () => form.classList.remove("busy"));
}

async function poll(place) {
  for (;;) {
    let answer;
    try {
      answer = await fetch(window.location.href, { headers: { "x-part": "progress" } });
    } catch {
      await new Promise((go) => setTimeout(go, 2000));
      continue;
    }
    const there = answer.headers.get("x-go");
    if (there || !answer.ok) {
      window.location.replace(there || window.location.href);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceChildren(...page.body.childNodes);
    await new Promise((go) => setTimeout(go, 250));
  }
}

// A page that comes back as it was left holds keys that were used.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.querySelectorAll("form[method=post]")) renew(form);
});

const drop = document.querySelector("form[data-drop]");
if (drop) startDrop(drop);
document.querySelector("form[data-paste]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  sendText(event.target, event.target.elements.pasted.value);
});
const check = document.querySelector("form[data-check]");
if (check) startCheck(check);
const working = document.querySelector("[data-poll]");
if (working) poll(working);
document.querySelector("[data-back]")?.addEventListener("click", (event) => {
  if (window.history.length < 2) return;
  event.preventDefault();
  window.history.back();
});
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-text]");
  if (!button) return;
  await navigator.clipboard.writeText(button.previousElementSibling.textContent);
  button.textContent = "Copied";
});
