// The shell's few habits: one key for the search box, Escape closes the 依据 panel.
"use strict";

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "Escape") {
    document.getElementById("why")?.replaceChildren();
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
