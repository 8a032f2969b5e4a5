// Copying, choosing a day, going to the answer: what a page cannot do by itself.
"use strict";

document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    copyText(copy);
  }
  const day = event.target.closest("[data-day]");
  if (day) {
    const field = document.getElementById("on");
    field.value = day.dataset.day;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

// On a phone the contents would push the text off the screen.
if (window.matchMedia("(max-width: 991.98px)").matches) {
  document.querySelector(".contents-fold")?.removeAttribute("open");
}

// The chosen day stays marked, and a field that was refused says so to a screen reader.
document.addEventListener("htmx:afterSettle", () => {
  const on = document.getElementById("on")?.value;
  const days = [...document.querySelectorAll("[data-day]")];
  const current = days.filter((button) => button.dataset.day <= on).pop();
  days.forEach((button) => button.setAttribute("aria-pressed", String(button === current)));
  document.querySelectorAll("[data-error-for]").forEach((slot) => {
    const field = document.getElementById(slot.dataset.errorFor);
    if (slot.textContent === "") {
      field?.removeAttribute("aria-invalid");
    } else {
      field?.setAttribute("aria-invalid", "true");
    }
  });
});

// On a phone the answer stands below the form: whoever asks for it is brought there.
let asked = false;
document.addEventListener("submit", (event) => {
  asked = event.target.classList.contains("try-form");
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (asked && event.target.id === "answer") {
    asked = false;
    if (window.matchMedia("(max-width: 1199.98px)").matches) {
      event.target.scrollIntoView({ block: "start" });
    }
  }
});

async function copyText(button) {
  const text = document.getElementById(button.dataset.copy).textContent;
  await navigator.clipboard.writeText(text);
  button.classList.add("btn-success");
  setTimeout(() => button.classList.remove("btn-success"), 1200);
}
