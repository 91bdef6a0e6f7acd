// Tells at once when the chosen file is larger than the form may be; the server refuses it too.
for (const chooser of document.querySelectorAll("[data-line-file]")) {
  const said = chooser.form.querySelector("[data-line-said]");
  const words = said.textContent;
  chooser.addEventListener("change", () => {
    const file = chooser.files[0];
    said.textContent = words;
    if (file && file.size > Number(chooser.dataset.largest)) {
      said.textContent = said.dataset.tooLarge;
      chooser.value = "";
    }
  });
}
