// A quick question says whether an answer is right. Nothing is kept.
const NUMBER = String.raw`([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)`;
const FRACTION = RegExp(`^${NUMBER}(?:/${NUMBER})?(%?)$`, "i");
const THOUSANDS = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/;

// 1,250 is a count to some, and a little more than one to others: both are looked at.
function readings(text) {
  const plain = text.replace(/\s/g, "").replace(/[−–]/g, "-");
  const spelt = [plain.replaceAll(",", ".")];
  if (THOUSANDS.test(plain)) spelt.push(plain.replaceAll(",", ""));
  return spelt.map(number).filter(Number.isFinite);
}

function number(text) {
  const [, above, below = 1, percent] = text.match(FRACTION) ?? [];
  return above / below / (percent ? 100 : 1);
}

// A hair more than the margin: 3.15 is within 0.05 of 3.2, but not to a computer.
const near = (given, answer, within) =>
  Math.abs(given - answer) <= within + 1e-9 * Math.max(Math.abs(answer), within);

function judge({ dataset, elements }) {
  const answer = Number(dataset.answer);
  if (!("within" in dataset)) {
    const chosen = [...elements].find((choice) => choice.checked);
    if (!chosen) return ["unread", "Choose one."];
    return Number(chosen.value) === answer ? ["right", "Right."] : ["wrong", "No. Try again."];
  }
  const given = readings(elements[0].value);
  const meets = (goal) => given.some((reading) => near(reading, goal, Number(dataset.within)));
  if (!given.length) return ["unread", "Write a number: 0.5, 1/2, 1e-3."];
  if (meets(answer)) return ["right", "Right."];
  if (meets(-answer)) return ["wrong", "Only the sign is wrong."];
  return ["wrong", "No. Try again."];
}

function say(form, verdict, words) {
  const said = form.querySelector("output");
  said.className = verdict;
  said.innerText = words;
}

const drill = ({ target }) => target.closest(".drill form");
addEventListener("submit", (event) => {
  const form = drill(event);
  if (!form) return;
  event.preventDefault();
  const [verdict, words] = judge(form);
  say(form, verdict, words);
  if (verdict === "right") form.nextElementSibling.open = true;
});
addEventListener("input", (event) => {
  const form = drill(event);
  if (form) say(form, "", "");
});
// A page that a browser has saved holds what was said.
for (const form of document.querySelectorAll(".drill form")) say(form, "", "");
