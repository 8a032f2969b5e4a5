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
    const names = { type: "category", data: said.labels, inverse: lies, axisLabel: { interval: crowded ? "auto" : 0, width: lies ? Math.min(160, place.clientWidth / 3) : undefined, overflow: "break" } };
    const counts = { type: "value", minInterval: said.fractions ? 0 : 1, max: said.most, name: said.counted || "", ...(lies ? { nameLocation: "middle", nameGap: 24 } : { nameTextStyle: { align: "left" }, nameGap: 10 }) };
    // Lines of limits, each with its name and article: on the labels (a day) or on the values (a share).
    const across = (said.limits_on === "labels") === !lies;
    const limits = said.limits && said.limits.length ? { silent: true, symbol: "none", lineStyle: { color: "#8f1d17", type: "dashed", width: 2 }, label: { position: across ? "end" : "insideEndTop", color: "#8f1d17", formatter: (one) => one.name }, data: said.limits.map((one) => ({ name: one.name, [across ? "xAxis" : "yAxis"]: one.at })) } : undefined;
    // Stretches of labels that are shaded, from the first of each to its last: closed hours, say.
    const shades = said.shaded && said.shaded.length ? { silent: true, itemStyle: { color: "rgba(181, 83, 60, 0.12)" }, label: { color: "#7a2f1c", position: lies ? "insideRight" : "insideTop" }, data: said.shaded.map(([first, last, name]) => [{ name, [lies ? "yAxis" : "xAxis"]: first }, { [lies ? "yAxis" : "xAxis"]: last }]) } : undefined;
    const chart = echarts.init(place, null, { renderer: "canvas" });
    chart.setOption({
      animation: false,
      color: said.colours || colours,
      grid: { left: 8, right: 16, top: (said.series.length > 1 || said.counted ? 36 : 16) + (limits ? (across ? 20 : 8) : 0), bottom: lies && said.counted ? 28 : 8, containLabel: true },
      legend: { show: said.series.length > 1, top: 4, type: "scroll" },
      tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
      xAxis: lies ? counts : names,
      yAxis: lies ? names : counts,
      series: said.series.map(([name, counts], at) => ({ type: said.lines ? "line" : "bar", stack: said.beside || said.lines ? undefined : "all", name, data: counts, barMaxWidth: lies ? 20 : 48, symbolSize: said.labels.length > 31 ? 0 : 8, lineStyle: { width: at ? 1.5 : 3 }, markLine: at ? undefined : limits, markArea: at ? undefined : shades })),
    });
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
