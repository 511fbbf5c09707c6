/* The report's retention curve. Figures come as JSON in the page; the chart survives each refresh and is redrawn. */
(function () {
  "use strict";
  const COLOURS = ["#0d5c50", "#1f5a96"];
  const INK = "#4f5955", LINE = "#dfdacd";
  const FONT = '"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",system-ui,sans-serif';
  let chart = null;

  function series(curve, index) {
    const colour = COLOURS[index];
    const plain = { type: "line", symbol: "none", silent: true, lineStyle: { opacity: 0 }, stack: "band" + index, tooltip: { show: false } };
    return [
      Object.assign({}, plain, { data: curve.points.map((p) => [p[0], p[2]]) }),
      Object.assign({}, plain, { data: curve.points.map((p) => [p[0], p[3] - p[2]]), areaStyle: { color: colour, opacity: 0.12 } }),
      { type: "line", name: curve.name, symbol: "none", color: colour, lineStyle: { width: 2.5 }, data: curve.points.map((p) => [p[0], p[1]]),
        emphasis: { disabled: true } },
    ];
  }

  function tooltip(data) {
    return function (shown) {
      const second = shown[0].value[0];
      const lines = data.curves.map(function (curve) {
        const p = curve.points.find((point) => point[0] === second);
        return p ? curve.name + " " + Math.round(p[1]) + "%  (" + Math.round(p[2]) + "–" + Math.round(p[3]) + "%)" : "";
      });
      return [second + " " + data.words.second].concat(lines.filter(Boolean)).join("\n");
    };
  }

  function options(data) {
    const longest = Math.max.apply(null, data.curves.map((c) => c.points[c.points.length - 1][0]));
    const axis = { axisLabel: { color: INK, fontFamily: FONT }, splitLine: { lineStyle: { color: LINE } }, axisLine: { lineStyle: { color: LINE } } };
    return {
      animationDuration: 300,
      grid: { left: 44, right: 18, top: data.curves.length > 1 ? 34 : 14, bottom: 30 },
      legend: data.curves.length > 1 ? { top: 0, textStyle: { color: INK, fontFamily: FONT }, data: data.curves.map((c) => c.name) } : undefined,
      tooltip: { trigger: "axis", renderMode: "richText", formatter: tooltip(data), textStyle: { fontFamily: FONT, fontSize: 13 } },
      xAxis: Object.assign({ type: "value", min: 0, max: longest, name: "" }, axis, { splitLine: { show: false },
        axisLabel: { color: INK, fontFamily: FONT, formatter: (v) => v + " " + data.words.second, showMaxLabel: false } }),
      yAxis: Object.assign({ type: "value", min: 0, max: 100 }, axis, { axisLabel: { color: INK, fontFamily: FONT, formatter: "{value}%" } }),
      series: data.curves.flatMap(series),
    };
  }

  function draw() {
    const place = document.getElementById("retention-chart");
    const source = document.getElementById("report-data");
    if (!place || !source || !window.echarts) return;
    const data = JSON.parse(source.textContent);
    if (!data.curves.length) return;
    if (!chart || chart.getDom() !== place) {
      if (chart) chart.dispose();
      chart = window.echarts.init(place, null, { renderer: "svg" });
    }
    chart.setOption(options(data), { notMerge: false });
  }

  let open = [];
  document.body.addEventListener("htmx:beforeSwap", function () {
    open = Array.from(document.querySelectorAll("#figures details[open]"), (fold) => fold.id);
  });
  document.body.addEventListener("htmx:afterSettle", function () {
    open.forEach(function (id) { const fold = document.getElementById(id); if (fold) fold.open = true; });
  });
  window.addEventListener("resize", function () { if (chart) chart.resize(); });
  document.addEventListener("DOMContentLoaded", draw);
  document.body.addEventListener("htmx:afterSettle", draw);
})();
