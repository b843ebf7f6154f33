// A table of fields as spreadsheets have it: arrows go from field to field, and what is pasted from a spreadsheet
// spreads over rows and columns. Pages work without it.
"use strict";

for (const table of document.querySelectorAll("table[data-grid]")) {
  const rows = [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("input:not([type=hidden])")]);
  const find = (input) => {
    for (let y = 0; y < rows.length; y++) {
      const x = rows[y].indexOf(input);
      if (x >= 0) return [y, x];
    }
    return null;
  };
  table.addEventListener("keydown", (e) => {
    const at = find(e.target);
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [1, 0] }[e.key];
    if (!at || !step) return;
    const to = rows[at[0] + step[0]]?.[at[1] + step[1]];
    e.preventDefault();
    if (to) { to.focus(); to.select(); }
  });
  table.addEventListener("paste", (e) => {
    const at = find(e.target);
    const text = e.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    if (!at || !/[\t\n]/.test(text)) return;
    e.preventDefault();
    text.split("\n").forEach((line, y) => line.split("\t").forEach((value, x) => {
      const input = rows[at[0] + y]?.[at[1] + x];
      if (input) input.value = value.trim();
    }));
  });
}
