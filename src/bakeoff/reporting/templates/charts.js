// Colours are CSS variables inside the figures: a change of theme needs no new drawing.
(async () => {
  const specs = JSON.parse(document.getElementById("specs").textContent);
  const options = {
    mode: "vega-lite",
    config: JSON.parse(document.getElementById("config").textContent),
    renderer: "svg",
    actions: false,
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
  };
  const draw = async (name) => {
    const place = document.getElementById(`chart-${name}`);
    try {
      await vegaEmbed(place, specs[name], options);
    } catch (error) {
      place.textContent = `This figure could not be drawn: ${error.message}`;
      console.error(error);
    }
  };
  const names = Object.keys(specs);
  const fold = (name) => document.getElementById(`chart-${name}`).closest("details.fold");
  // A chart has the width of its place, and in what is folded there is none.
  for (const folded of document.querySelectorAll("details.fold")) {
    const inside = names.filter((name) => fold(name) === folded);
    const open = async () => {
      folded.removeEventListener("toggle", open);
      for (const name of inside) await draw(name);
      folded.dataset.charts = "drawn";
    };
    folded.addEventListener("toggle", open);
  }
  for (const name of names.filter((name) => !fold(name))) await draw(name);
  document.documentElement.dataset.charts = "drawn";
})();
