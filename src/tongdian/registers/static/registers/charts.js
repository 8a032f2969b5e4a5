// Charts: without a script the same numbers stand in the table below each.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll("[data-chart]")) {
    const said = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    const colours = ["#1c4f82", "#2a8f85", "#b5533c", "#9a7b1f", "#6b7480"];
    const chart = echarts.init(place, null, { renderer: "canvas" });
    chart.setOption({
      animation: false,
      color: said.colours || colours,
      grid: { left: 8, right: 16, top: said.series.length > 1 || said.counted ? 36 : 16, bottom: 8, containLabel: true },
      legend: { show: said.series.length > 1, top: 4 },
      tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
      xAxis: { type: "category", data: said.labels },
      yAxis: { type: "value", minInterval: 1, name: said.counted || "", nameTextStyle: { align: "left" }, nameGap: 10 },
      series: said.series.map(([name, counts]) => ({ type: "bar", stack: said.beside ? undefined : "all", name, data: counts, barMaxWidth: 48 })),
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
