// The shell's few habits: one key for the search box, Escape closes the 依据 panel.
"use strict";

// The panel is left to the mark that opened it.
let opener = null;
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target.id === "why") {
    opener = event.target;
  }
});

// A form that shows what is refused gets the page that says it, though that is an error.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (xhr.status === 422 && requestConfig.elt.matches("[data-shows-refusals]")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

function closeWhy() {
  const panel = document.getElementById("why");
  if (panel?.hasChildNodes()) {
    panel.replaceChildren();
    opener?.focus();
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close-why]")) {
    closeWhy();
  }
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "Escape") {
    closeWhy();
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const wanted = document.querySelector(`[data-focus-key="${CSS.escape(event.key)}"]`);
  if (wanted) {
    event.preventDefault();
    wanted.focus();
    wanted.select();
  }
});
