// Sorts and filters the table of cracks. Without it everything is shown, by id.
"use strict";
(() => {
  const table = document.getElementById("cracks");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const text = document.getElementById("filter-text");
  const severity = document.getElementById("filter-severity");
  const verdict = document.getElementById("filter-verdict");
  const shown = document.getElementById("filter-shown");

  function filter() {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const content = row.textContent.toLowerCase();
      row.hidden = !(words.every((word) => content.includes(word)) &&
        (severity.value === "" || row.dataset.severity === severity.value) &&
        (verdict.value === "" || row.dataset.verdict === verdict.value));
      if (!row.hidden) count += 1;
    }
    shown.textContent = `${count} of ${rows.length} cracks`;
  }

  function value(row, column) {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
  }

  function sort(button) {
    const header = button.closest("th");
    const up = header.getAttribute("aria-sort") !== "ascending";
    for (const other of header.parentNode.cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", up ? "ascending" : "descending");
    const column = header.cellIndex;
    rows.sort((a, b) => {
      const [x, y] = [value(a, column), value(b, column)];
      return (up ? 1 : -1) * (x < y ? -1 : x > y ? 1 : 0);
    });
    body.append(...rows);
  }

  for (const button of table.querySelectorAll("thead button")) {
    button.addEventListener("click", () => sort(button));
  }
  text.addEventListener("input", filter);
  severity.addEventListener("change", filter);
  verdict.addEventListener("change", filter);
  document.getElementById("filters").hidden = false;
  filter();
})();
