// A name drawn with finger, pen or mouse; the picture goes with the form. Who cannot draw ticks the
// box instead, and the server writes the typed name.
"use strict";

for (const form of document.querySelectorAll("[data-signing]")) {
  const canvas = form.querySelector("[data-drawing]");
  const field = form.querySelector("[name=drawing]");
  const pen = canvas.getContext("2d");
  let drawing = false;
  let marked = false;

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * canvas.width,
      ((event.clientY - box.top) / box.height) * canvas.height,
    ];
  }

  pen.lineWidth = 6;
  pen.lineCap = pen.lineJoin = "round";
  pen.strokeStyle = "#10151c";
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    drawing = true;
    pen.beginPath();
    pen.moveTo(...place(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drawing) {
      pen.lineTo(...place(event));
      pen.stroke();
      marked = true;
    }
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      drawing = false;
    });
  }
  form.querySelector("[data-clear-drawing]").addEventListener("click", () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    field.value = "";
    marked = false;
  });
  form.addEventListener("submit", () => {
    field.value = marked ? canvas.toDataURL("image/png") : "";
  });

  // What was drawn is not lost when the form comes back with an error.
  if (field.value.startsWith("data:image/png;base64,")) {
    const picture = new Image();
    picture.addEventListener("load", () => {
      pen.drawImage(picture, 0, 0);
      marked = true;
    });
    picture.src = field.value;
  }
}
