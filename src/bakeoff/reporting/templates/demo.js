(() => {
  const config = JSON.parse(document.getElementById("config").textContent);
  const byId = (id) => document.getElementById(id);
  const form = byId("row");
  const table = document.querySelector(".answers");
  const offers = [...document.querySelectorAll("[data-example]")];
  const empty = byId("summary").textContent;
  const STEP = 1 / 28;

  // What is asked: for each image null, or strokes, or an image's pixels, or a test example's.
  let parts = Array(config.slots || 1).fill(null);
  let asking = false;
  let again = false;

  const question = () => parts.every(Boolean) && { parts: parts.map(({ source, ...part }) => part) };

  const say = (text) => {
    // Read aloud only if it is news.
    if (byId("summary").textContent !== text) byId("summary").textContent = text;
  };

  const fail = (text) => {
    byId("failure").hidden = !text;
    byId("failure").textContent = text;
  };

  // One question at a time: while a line is drawn, answers come as fast as the models give them.
  const ask = async () => {
    if (asking) { again = true; return; }
    const body = question();
    if (!body) { blank(); return; }
    asking = true;
    try {
      const got = await fetch("answer", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      });
      const reply = await got.json();
      if (got.ok) show(reply);
      else { blank(); fail(reply.error); }
    } catch {
      fail("bakeoff no longer answers. Start it again in its terminal, then reload this page.");
    }
    asking = false;
    if (again) { again = false; ask(); }
  };

  const rows = [...table.tBodies[0].rows].map((row) => ({ row, cell: (name) => row.querySelector(name) }));

  const put = (element, text) => { if (element) element.textContent = text; };

  const show = (reply) => {
    fail("");
    say(reply.summary);
    table.classList.add("asked");
    reply.answers.forEach((answer, place) => {
      const { row, cell } = rows[place];
      row.className = answer.mark?.tone ?? "";
      put(cell(".label"), answer.label);
      put(cell("td.digits"), answer.digits);
      put(cell(".percent"), answer.chance);
      const track = cell(".bar-track");
      if (track) {
        track.hidden = answer.share === null;
        track.firstElementChild.style.width = `${100 * (answer.share ?? 0)}%`;
      }
      const mark = cell("td.mark");
      if (!mark) return;
      mark.replaceChildren();
      if (!answer.mark) return;
      const sign = document.createElement("span");
      sign.className = "sign";
      sign.setAttribute("aria-hidden", "true");
      sign.textContent = answer.mark.sign;
      mark.append(sign, answer.mark.word);
    });
    slots.forEach((slot, place) => slot.seen(reply.seen[place]));
  };

  const blank = () => {
    fail("");
    say(empty);
    table.classList.remove("asked");
    for (const { row, cell } of rows) {
      row.className = "";
      for (const name of [".label", "td.digits", ".percent", "td.mark"]) put(cell(name), "");
      const fill = cell(".bar-fill");
      if (fill) fill.style.width = 0;
    }
    for (const slot of slots) slot.seen(null);
  };

  const changed = () => {
    for (const slot of slots) slot.draw();
    const swap = byId("swap");
    if (swap) swap.disabled = !parts.some(Boolean);
    const example = parts[0]?.example;
    const whole = parts.every((part, place) => part?.example === example && (part?.image ?? 0) === place);
    for (const offer of offers) {
      const pressed = whole && Number(offer.dataset.example) === example;
      offer.setAttribute("aria-pressed", String(pressed));
    }
    ask();
  };

  const set = (place, part) => { parts = parts.with(place, part); changed(); };

  const upload = async (place, file) => {
    if (file.size > config.largest) {
      fail(`The file is too large: more than ${config.largest / 1e6} MB are not read.`);
      return;
    }
    try {
      const got = await fetch("image", {
        method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file,
      });
      const reply = await got.json();
      if (!got.ok) fail(reply.error);
      else if (reply.parts.length === parts.length) { parts = reply.parts; changed(); }
      else set(place, reply.parts[0]);
    } catch {
      fail("bakeoff no longer answers. Start it again in its terminal, then reload this page.");
    }
  };

  const SVG = "http://www.w3.org/2000/svg";

  const slots = [...document.querySelectorAll(".slot")].map((element, place) => {
    const svg = element.querySelector("svg");
    const sheet = element.querySelector(".sheet");
    const [image, ink, pen] = ["image", "g", "circle"].map((name) => svg.querySelector(name));
    const undo = element.querySelector(".undo");
    const clear = element.querySelector(".clear");
    const file = element.querySelector("input[type=file]");
    const sight = element.querySelector(".sight");
    const strokes = () => parts[place]?.strokes ?? [];

    const begin = (point) => set(place, { strokes: [...strokes(), [point]] });
    const extend = (points) => {
      const all = strokes();
      if (all.length) set(place, { strokes: [...all.slice(0, -1), [...all.at(-1), ...points]] });
    };
    const takeBack = () => set(place, strokes().length > 1 ? { strokes: strokes().slice(0, -1) } : null);

    const draw = () => {
      const part = parts[place];
      if (part?.source) image.setAttribute("href", part.source);
      else image.removeAttribute("href");
      ink.replaceChildren(...strokes().map((stroke) => {
        const line = document.createElementNS(SVG, "polyline");
        // A line of one point is drawn only if it has a length.
        const points = stroke.length > 1 ? stroke : [stroke[0], [stroke[0][0] + 1e-4, stroke[0][1]]];
        line.setAttribute("points", points.map((point) => point.join()).join(" "));
        line.setAttribute("stroke-width", config.pen);
        return line;
      }));
      sheet.classList.toggle("filled", Boolean(part));
      if (undo) undo.disabled = !strokes().length;
      clear.disabled = !part;
    };

    undo?.addEventListener("click", takeBack);
    clear.addEventListener("click", () => set(place, null));
    file.addEventListener("change", () => { if (file.files[0]) upload(place, file.files[0]); file.value = ""; });
    sheet.addEventListener("dragover", (event) => { event.preventDefault(); sheet.classList.add("over"); });
    sheet.addEventListener("dragleave", () => sheet.classList.remove("over"));
    sheet.addEventListener("drop", (event) => {
      event.preventDefault();
      sheet.classList.remove("over");
      if (event.dataTransfer.files[0]) upload(place, event.dataTransfer.files[0]);
    });

    if (config.drawable) {
      let pointer = null;
      const at = (event) => {
        const box = svg.getBoundingClientRect();
        return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.width]
          .map((number) => Math.min(Math.max(Math.round(number * 1e4) / 1e4, -4), 4));
      };
      svg.addEventListener("pointerdown", (event) => {
        if (!event.isPrimary || event.button !== 0) return;
        pointer = event.pointerId;
        svg.setPointerCapture(pointer);
        pen.setAttribute("hidden", "");
        begin(at(event));
      });
      svg.addEventListener("pointermove", (event) => {
        if (event.pointerId !== pointer) return;
        const moves = event.getCoalescedEvents?.() ?? [];
        extend((moves.length ? moves : [event]).map(at));
      });
      for (const end of ["pointerup", "pointercancel"]) {
        svg.addEventListener(end, (event) => { if (event.pointerId === pointer) pointer = null; });
      }

      let [x, y, down] = [0.5, config.ratio / 2, false];
      const move = (dx, dy, wide) => {
        const step = wide ? 4 * STEP : STEP;
        x = Math.min(Math.max(x + dx * step, 0), 1);
        y = Math.min(Math.max(y + dy * step, 0), config.ratio);
        if (down) extend([[x, y]]);
      };
      const keys = {
        ArrowLeft: (wide) => move(-1, 0, wide),
        ArrowRight: (wide) => move(1, 0, wide),
        ArrowUp: (wide) => move(0, -1, wide),
        ArrowDown: (wide) => move(0, 1, wide),
        " ": () => { down = !down; if (down) begin([x, y]); },
        Backspace: () => { down = false; takeBack(); },
        Delete: () => { down = false; set(place, null); },
      };
      svg.addEventListener("keydown", (event) => {
        if (!(event.key in keys) || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        keys[event.key](event.shiftKey);
        pen.removeAttribute("hidden");
        pen.setAttribute("cx", x);
        pen.setAttribute("cy", y);
        pen.classList.toggle("down", down);
      });
      svg.addEventListener("blur", () => { down = false; pen.classList.remove("down"); });
    }

    const seen = (source) => {
      sight.hidden = !source;
      if (source) sight.querySelector("img").src = source;
    };
    return { draw, seen };
  });

  byId("swap")?.addEventListener("click", () => { parts = [...parts].reverse(); changed(); });

  const fields = form ? [...form.elements] : [];
  const values = () => fields.map((field) => (field.value === "" ? null : field.type === "number" ? Number(field.value) : field.value));
  const filled = () => {
    const row = values();
    parts = [config.missing || !row.includes(null) ? { values: row } : null];
    changed();
  };
  form?.addEventListener("input", filled);
  form?.addEventListener("submit", (event) => event.preventDefault());

  for (const offer of offers) {
    offer.addEventListener("click", () => {
      const example = Number(offer.dataset.example);
      parts = parts.map((_, image) => ({ example, image, source: config.sources[example][image] }));
      fields.forEach((field, place) => { field.value = config.values[example][place] ?? ""; });
      changed();
      document.querySelector(".asking").scrollIntoView({ block: "nearest" });
    });
  }
})();
