// A month as a map: a row a day, a column an interval, the darker the more. The same numbers stand in the table of days and,
// interval by interval, in the file.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll("[data-heat]")) {
    const said = JSON.parse(document.getElementById(place.dataset.heat).textContent);
    const cells = { there: [], missing: [] };
    said.rows.forEach((values, day) => values.forEach((value, at) => cells[value === null ? "missing" : "there"].push([at, day, value === null ? 0 : value])));
    const most = Math.max(0, ...cells.there.map(([, , value]) => value));
    place.style.height = `${76 + said.days.length * (place.clientWidth < 600 ? 12 : 15)}px`;
    const chart = echarts.init(place, null, { renderer: "canvas" });
    const axis = { type: "category", axisTick: { show: false }, axisLine: { show: false }, splitArea: { show: false } };
    const until = (at) => said.times[at + 1] || "24:00";
    chart.setOption({
      animation: false,
      grid: { left: 8, right: 12, top: 8, bottom: 40, containLabel: true },
      tooltip: { renderMode: "richText", formatter: ({ seriesIndex, value: [at, day, value] }) => `${said.days[day]} ${said.times[at]}–${until(at)}\n${seriesIndex ? said.missing : `${value} ${said.unit}`}` },
      xAxis: { ...axis, data: said.times },
      yAxis: { ...axis, data: said.days, inverse: true, axisLabel: { interval: place.clientWidth < 600 ? 1 : 0, fontSize: 11 } },
      visualMap: [
        { seriesIndex: 0, min: 0, max: most || 1, precision: 2, calculable: false, hoverLink: false, orient: "horizontal", left: 8, bottom: 4, itemWidth: 10, itemHeight: 120, text: [`${most} ${said.unit}`, "0"], inRange: { color: ["#eef4fa", "#9cc0de", "#3f7fb5", "#1c4f82", "#0d2a49"] } },
        { type: "piecewise", seriesIndex: 1, right: 8, bottom: 4, itemWidth: 12, itemHeight: 12, pieces: [{ min: 0, max: 0, color: "#e0a49b", label: said.missing }], selectedMode: false, show: cells.missing.length > 0 },
      ],
      series: ["there", "missing"].map((name) => ({ type: "heatmap", data: cells[name], progressive: 0, itemStyle: { borderWidth: 0 } })),
    });
    for (const canvas of place.querySelectorAll("canvas")) canvas.setAttribute("aria-hidden", "true");
    chart.on("click", ({ value }) => { if (value && said.addresses[value[1]]) location.href = said.addresses[value[1]]; });
    new ResizeObserver(() => chart.resize()).observe(place);
  }
});
