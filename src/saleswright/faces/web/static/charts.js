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

async function draw(chart, open) {
  const source = chart.querySelector("script[type='application/json']");
  const plot = chart.querySelector(".plot .drawn");
  if (!source || !plot) return;
  chart.classList.add("plotted");
  try {
    const { view } = await window.vegaEmbed(plot, JSON.parse(source.textContent), options);
    view.addEventListener("click", (event, item) => {
      const ref = item && item.datum && item.datum.ref;
      if (ref) open(`/n/${encodeURIComponent(ref)}`);
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
}
