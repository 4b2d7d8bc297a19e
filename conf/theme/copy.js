// What is copied is what one sees, with formulas as TeX. By itself a browser takes a formula twice,
// for the eye and for the ear.

const CODE =
  "script, style, template, button, form, input, select, output, .headerlink, .hidden-cell > summary";
const LEFT_OUT = `${CODE}, details:not([open]) > :not(summary)`;

/** A formula is taken whole, wherever in it the selection begins or ends. */
function whole(selected) {
  const range = selected.cloneRange();
  const formula = (node) =>
    (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement).closest(".katex");
  const [first, last] = [formula(range.startContainer), formula(range.endContainer)];
  if (first) range.setStartBefore(first);
  if (last) range.setEndAfter(last);
  return range.cloneContents();
}

function tex(formula) {
  const source = formula.querySelector("annotation").textContent;
  return formula.closest(".katex-display") ? `$$${source}$$` : `$${source}$`;
}

addEventListener("copy", (event) => {
  const selection = getSelection();
  // In a field, or in a picture that is live, the browser knows best.
  if (selection.isCollapsed || event.target.closest?.("input, textarea")) return;
  const taken = document.createElement("div");
  for (let i = 0; i < selection.rangeCount; i++) taken.append(whole(selection.getRangeAt(i)));
  if (!taken.querySelector(`${LEFT_OUT}, .katex`)) return;
  for (const part of taken.querySelectorAll(LEFT_OUT)) part.remove();
  for (const formula of taken.querySelectorAll(".katex")) formula.replaceWith(tex(formula));
  for (const { attributes } of taken.querySelectorAll("[href], [src]")) {
    for (const name of ["href", "src"]) {
      if (attributes[name])
        attributes[name].value = new URL(attributes[name].value, document.baseURI);
    }
  }
  // Only what is laid out has lines.
  Object.assign(taken.style, { position: "fixed", left: "-200vw", width: "100vw" });
  document.body.append(taken);
  for (const label of taken.querySelectorAll(".label"))
    if (!label.checkVisibility()) label.remove();
  event.clipboardData.setData("text/plain", taken.innerText.trim());
  taken.remove();
  event.clipboardData.setData("text/html", taken.innerHTML);
  event.preventDefault();
});
