// Charts: without a script the same numbers stand in the table below each.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll("[data-chart]")) {
    const said = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    const colours = ["#1c4f82", "#2a8f85", "#b5533c", "#9a7b1f", "#6b7480"];
    // Every bar has its label: where they do not fit side by side the bars lie one below the other.
    const wide = Math.max(...said.labels.map((label) => [...label].reduce((sum, one) => sum + (one > "\u2e80" ? 13 : 7), 0)), 0) + 12;
    const lies = !said.lines && wide * said.labels.length > place.clientWidth - 60;
    const crowded = said.lines && wide * said.labels.length > place.clientWidth - 60; // twelve months on a telephone: every other is named
    if (lies) place.style.height = `${Math.max(180, 60 + said.labels.length * (said.beside ? 22 * said.series.length : 28))}px`;
    // Lying bars are read from the top: from the last label of the axis to its first.
    const along = (rows) => (lies ? [...rows].reverse() : rows);
    const names = { type: "category", data: along(said.labels), axisLabel: { interval: crowded ? "auto" : 0, width: lies ? Math.min(160, place.clientWidth / 3) : undefined, overflow: "break" } };
    const counts = { type: "value", minInterval: said.fractions ? 0 : 1, max: said.most, name: said.counted || "", ...(lies ? { nameLocation: "middle", nameGap: 24 } : { nameTextStyle: { align: "left" }, nameGap: 10 }) };
    // Lines of limits, each with its name and article: on the labels (a day) or on the values (a share).
    const across = (said.limits_on === "labels") === !lies;
    const limits = said.limits && said.limits.length ? { silent: true, symbol: "none", lineStyle: { color: "#8f1d17", type: "dashed", width: 2 }, label: { position: across ? "end" : "insideEndTop", color: "#8f1d17", formatter: (one) => one.name }, data: said.limits.map((one) => ({ name: one.name, [across ? "xAxis" : "yAxis"]: one.at })) } : undefined;
    // Stretches of labels that are shaded, from the first of each to its last, and what they are called: closed hours, say.
    const shaded = said.shaded || [];
    if (shaded.length) names.splitArea = { show: true, interval: 0, areaStyle: { color: along(said.labels.map((_, at) => (shaded.some(([first, last]) => first <= at && at <= last) ? "rgba(181, 83, 60, 0.14)" : "rgba(0, 0, 0, 0)"))) } };
    const called = [...new Set(shaded.map(([, , name]) => name))].join(", ");
    const title = shaded.length ? { text: called, right: 12, top: 26, padding: 0, textStyle: { fontSize: 12, fontWeight: "normal", color: "#7a2f1c", backgroundColor: "rgba(181, 83, 60, 0.14)", padding: [2, 6] } } : undefined;
    const chart = echarts.init(place, null, { renderer: "canvas" });
    chart.setOption({
      animation: false,
      title,
      color: said.colours || colours,
      grid: { left: 8, right: 16, top: (said.series.length > 1 || said.counted ? 36 : 16) + (limits ? (across ? 20 : 8) : 0) + (title ? 22 : 0), bottom: lies && said.counted ? 28 : 8, containLabel: true },
      legend: { show: said.series.length > 1, top: 4, type: "scroll" },
      tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
      xAxis: lies ? counts : names,
      yAxis: lies ? names : counts,
      series: said.series.map(([name, counts], at) => ({ type: said.lines ? "line" : "bar", stack: said.beside || said.lines ? undefined : "all", name, data: along(counts), barMaxWidth: lies ? 20 : 48, symbolSize: said.labels.length > 31 ? 0 : 8, lineStyle: { width: at ? 1.5 : 3 }, markLine: at ? undefined : limits })),
    });
    // the figure has its name: what is drawn in it says nothing more to who cannot see it
    for (const canvas of place.querySelectorAll("canvas")) canvas.setAttribute("aria-hidden", "true");
    new ResizeObserver(() => chart.resize()).observe(place);
    const table = place.parentElement.querySelector("[data-chart-file]");
    if (table) table.append(download(said, table.dataset.chartFile));
  }
});

// The numbers of a chart as CSV: labels and figures of our own, nothing that a spreadsheet would calculate.
function download(said, title) {
  const lines = [["", ...said.series.map(([name]) => name)], ...said.labels.map((label, at) => [label, ...said.series.map(([, counts]) => counts[at])])];
  const link = document.createElement("a");
  link.className = "btn btn-sm";
  link.textContent = "CSV";
  link.download = `${title}.csv`;
  link.href = URL.createObjectURL(new Blob(["\ufeff" + lines.map((line) => line.join(",")).join("\r\n")], { type: "text/csv" }));
  return link;
}
