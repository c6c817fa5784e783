/* A heading sorts its table: downwards, upwards, as declared. What stands behind a row goes with it. */
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const rows = [...body.rows].filter((row) => !row.classList.contains("behind"));
  const groups = rows.map((row) => {
    const behind = row.nextElementSibling;
    return behind?.classList.contains("behind") ? [row, behind] : [row];
  });
  [...table.tHead.rows[0].cells].forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const order = { none: "ascending", ascending: "descending", descending: "none" }[head.getAttribute("aria-sort") ?? "none"];
      for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
      if (order !== "none") head.setAttribute("aria-sort", order);
      const key = (group) => group[0].cells[place].dataset.sort;
      const sign = order === "descending" ? -1 : 1;
      const sorted = order === "none" ? groups : [...groups].sort((one, other) => {
        const [a, b] = [key(one), key(other)];
        if (a === "" || b === "") return (a === "") - (b === "");
        const numbers = [Number(a), Number(b)];
        return sign * (numbers.some(Number.isNaN) ? a.localeCompare(b, undefined, { numeric: true }) : numbers[0] - numbers[1]);
      });
      body.append(...sorted.flat());
    });
  });
}
