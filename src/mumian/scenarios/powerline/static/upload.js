// Reads the chosen file into the form's text, so that a line can be handed in as one ordinary form.
const LARGEST = 80_000;
for (const chooser of document.querySelectorAll("[data-line-file]")) {
  const form = chooser.form;
  const said = form.querySelector("[data-line-said]");
  chooser.addEventListener("change", async () => {
    const file = chooser.files[0];
    if (!file) return;
    if (file.size > LARGEST) {
      said.textContent = said.dataset.tooLarge;
      chooser.value = "";
      return;
    }
    form.elements.source.value = await file.text();
    form.elements.file.value = file.name;
    said.textContent = file.name;
  });
}
