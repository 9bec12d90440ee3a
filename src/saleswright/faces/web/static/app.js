// Drawer, controls, keys. Every page works without this file: figures are links, choices are forms.
import { drawAll } from "./charts.js";
import { openPalette, openHelp } from "./palette.js";
import "./forms.js";
import { keys as deciding } from "./inbox.js";

const root = document.documentElement;
const drawer = document.getElementById("drawer");
let opener = null;

function closeDrawer() {
  if (!drawer || !drawer.firstChild) return false;
  drawer.replaceChildren();
  if (opener && opener.isConnected) opener.focus();
  opener = null;
  window.dispatchEvent(new Event("resize"));
  return true;
}

export function openNumber(address) {
  opener = document.activeElement;
  if (window.htmx && drawer) window.htmx.ajax("GET", address, { target: "#drawer", swap: "innerHTML" });
  else window.location.assign(address);
}

function showTheme() {
  const pinned = root.dataset.theme || "system";
  for (const button of document.querySelectorAll("[data-set-theme]")) {
    button.setAttribute("aria-pressed", String(button.dataset.setTheme === pinned));
  }
}

function setTheme(name) {
  if (name === "system") delete root.dataset.theme;
  else root.dataset.theme = name;
  try {
    if (name === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", name);
  } catch {
    // The choice then lasts as long as the page.
  }
  showTheme();
}

async function copy(button) {
  const held = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
  const given = held ? held.value : button.dataset.copy;
  const text = !held && given.startsWith("/") ? new URL(given, window.location.href).href : given;
  const words = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    window.prompt("Copy this", text);
  }
  setTimeout(() => (button.textContent = words), 1600);
}

function submitAsk(form) {
  for (const field of form.elements) if (field.name && field.value === "") field.disabled = true;
  form.requestSubmit();
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("button, a");
  if (!target) return;
  if (target.matches("[data-close]")) {
    if (closeDrawer()) event.preventDefault();
  } else if (target.dataset.setTheme) setTheme(target.dataset.setTheme);
  else if (target.dataset.copy || target.dataset.copyFrom) copy(target);
  else if (target.matches("[data-find]")) {
    event.preventDefault();
    openPalette();
  } else if (target.dataset.view) {
    const chart = document.getElementById(target.getAttribute("aria-controls"));
    chart.classList.toggle("tabled", target.dataset.view === "table");
    for (const peer of target.parentElement.children) {
      peer.setAttribute("aria-pressed", String(peer === target));
      // Several charts may share one place: that of the pressed button is shown.
      const other = document.getElementById(peer.getAttribute("aria-controls"));
      if (other !== chart) other.parentElement.classList.add("other");
    }
    chart.parentElement.classList.remove("other");
    window.dispatchEvent(new Event("resize"));
  } else if (target.matches("a[hx-get]") && !target.closest("#drawer")) opener = target;
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form.ask");
  if (form && event.target.matches("select, input[type=checkbox], input[type=date]") && form.dataset.auto) submitAsk(form);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form.ask")) return;
  for (const field of event.target.elements) if (field.name && field.value === "") field.disabled = true;
});
window.addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form.ask :disabled")) field.disabled = false;
});

function typing(target) {
  return target.closest("input, select, textarea, [contenteditable]") !== null;
}

function moveRow(step) {
  const scope = drawer && drawer.contains(document.activeElement) ? drawer : document.querySelector("main");
  const links = [...scope.querySelectorAll("a.fig, a.none, .tile[href], .links a, tbody a")].filter((a) => a.offsetParent);
  if (!links.length) return;
  const next = links[Math.max(0, Math.min(links.length - 1, links.indexOf(document.activeElement) + step))];
  next.focus();
}

document.addEventListener("keydown", (event) => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.metaKey || event.ctrlKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") {
    if (typing(event.target)) event.target.blur();
    else closeDrawer();
    return;
  }
  if (typing(event.target)) return;
  const go = (selector) => document.querySelector(selector)?.click();
  const keys = {
    "/": () => document.querySelector("form.ask select, form.ask input:not([type=hidden])")?.focus(),
    "?": openHelp,
    j: () => moveRow(1),
    k: () => moveRow(-1),
    e: () => go("[data-export]"),
    s: () => go("[data-share]"),
  };
  const own = deciding[event.key];
  const act = own ?? keys[event.key];
  if (own && event.key === "Enter" && event.target.closest("a, button, summary")) return;
  if (act) {
    event.preventDefault();
    act();
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "drawer") return;
  drawer.querySelector(".number")?.focus({ preventScroll: true });
  drawer.scrollTop = 0;
  window.dispatchEvent(new Event("resize"));
});
document.addEventListener("htmx:responseError", (event) => {
  // A refusal is words for a person; show it where the number would have stood.
  if (event.detail.target.id === "drawer") {
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    drawer.replaceChildren(...page.body.childNodes);
  }
});

showTheme();
drawAll(openNumber);
