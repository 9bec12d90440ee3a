// Charts: specifications come from the server beside the page, data as values only. No address is ever loaded.
const refuse = () => Promise.reject(new Error("charts load nothing"));
const loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse };

const options = {
  mode: "vega-lite",
  renderer: "svg",
  actions: false,
  ast: true,
  defaultStyle: false,
  loader,
  tooltip: { disableDefaultStyle: true, theme: "own" },
};

const shown = new WeakMap();

// A chart may come with a second drawing of the same data, for places that are too narrow for the first.
function chosen(chart, plot) {
  const [wide, narrow] = chart.querySelectorAll("script[type='application/json']");
  return narrow && plot.clientWidth && plot.clientWidth < Number(chart.dataset.least) ? narrow : wide;
}

// What a mark stands for may have a link beside the chart that lists what is behind it.
function follow(chart, text) {
  const links = chart.closest(".card")?.querySelectorAll("a[data-label]") || [];
  [...links].find((link) => link.dataset.label === text)?.click();
}

async function draw(chart, open) {
  const plot = chart.querySelector(".plot .drawn");
  if (!plot) return;
  chart.classList.add("plotted");
  const source = chosen(chart, plot);
  if (!source || source === shown.get(chart)) return;
  shown.set(chart, source);
  try {
    const { view } = await window.vegaEmbed(plot, JSON.parse(source.textContent), options);
    view.addEventListener("click", (event, item) => {
      const ref = item && item.datum && item.datum.ref;
      if (ref) open(`/n/${encodeURIComponent(ref)}`);
      else if (item && item.datum) follow(chart, item.datum.text);
    });
    chart.dataset.drawn = "yes";
  } catch (error) {
    // The table holds the same data; it is shown instead.
    chart.classList.remove("plotted");
    console.error("chart", error);
  }
}

export function drawAll(open) {
  const charts = [...document.querySelectorAll(".chart")];
  if (!charts.length) return;
  if (!window.vegaEmbed) {
    for (const chart of charts) {
      chart.querySelector(".lacking")?.removeAttribute("hidden");
      document.querySelector(`.seg[data-for="${chart.id}"]`)?.setAttribute("hidden", "");
    }
    return;
  }
  for (const chart of charts) draw(chart, open);
  const turning = charts.filter((chart) => chart.dataset.least);
  if (!turning.length || !window.ResizeObserver) return;
  const watch = new ResizeObserver((seen) => {
    for (const { target } of seen) if (!target.classList.contains("tabled")) draw(target, open);
  });
  for (const chart of turning) watch.observe(chart);
}
