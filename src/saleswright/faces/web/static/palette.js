// Find or run: every page, action and choice the server lists, by any part of its words.
const dialog = document.getElementById("palette");
const box = dialog?.querySelector("input");
const list = dialog?.querySelector("ul");
let entries = null;
let chosen = 0;

async function load() {
  if (entries) return;
  const answer = await fetch(dialog.dataset.source, { headers: { accept: "application/json" } });
  entries = answer.ok ? (await answer.json()).entries : [];
}

function score(entry, words) {
  const name = entry.name.toLowerCase();
  const all = `${name} ${entry.doc.toLowerCase()}`;
  if (!words.every((word) => all.includes(word))) return 0;
  return words.reduce((sum, word) => sum + (name.startsWith(word) ? 4 : name.includes(word) ? 2 : 1), 1);
}

function show() {
  if (!entries) return;
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = entries
    .map((entry, place) => ({ entry, place, score: score(entry, words) }))
    .filter((item) => item.score > 0)
    .sort((a, b) => b.score - a.score || a.place - b.place)
    .slice(0, 40);
  chosen = 0;
  list.replaceChildren(
    ...found.map(({ entry }) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      const doc = document.createElement("small");
      item.setAttribute("role", "option");
      link.href = entry.address;
      link.tabIndex = -1;
      link.textContent = entry.name;
      doc.textContent = entry.doc;
      link.append(doc);
      item.append(link);
      return item;
    }),
  );
  if (!found.length) {
    const none = document.createElement("li");
    none.className = "pad";
    none.textContent = "Nothing here by that name.";
    list.append(none);
  }
  mark();
}

function mark() {
  [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === chosen)));
  list.children[chosen]?.scrollIntoView({ block: "nearest" });
}

export async function openPalette() {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  box.value = "";
  await load();
  show();
}

export function openHelp() {
  const help = document.getElementById("help");
  if (help && !help.open) help.showModal();
}

box?.addEventListener("input", show);
dialog?.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    chosen = Math.max(0, Math.min(list.children.length - 1, chosen + step));
    mark();
  } else if (event.key === "Enter") {
    event.preventDefault();
    list.children[chosen]?.querySelector("a")?.click();
  }
});
for (const each of document.querySelectorAll("dialog")) {
  each.addEventListener("click", (event) => {
    if (event.target === each) each.close();
  });
}
