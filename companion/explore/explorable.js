// Draws an explorable: its controls, its picture on a canvas, and its words.
// What to draw comes from Python in pixels (companion/explore/picture.py); here nothing is computed.

const FONT = "system-ui, 'DejaVu Sans', sans-serif";
const GONE_AFTER = 10000; // milliseconds without any view, after which Python may let go

// --- Small helpers ---

let counted = 0;
const freshId = () => `explorable-${(counted += 1)}-${Math.random().toString(36).slice(2, 8)}`;

// JupyterLab leaves the keys to what is marked so: else arrows would move the cell, not the slider.
const TAKES_KEYS = ["input", "select", "button", "audio"]; // and whatever has a tabindex

function element(kind, settings = {}, ...inner) {
  const made = document.createElement(kind);
  if (TAKES_KEYS.includes(kind) || "tabindex" in settings) made.setAttribute("data-lm-suppress-shortcuts", "true");
  for (const [name, value] of Object.entries(settings)) {
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...inner);
  return made;
}

const shown = (number) => String(Math.round(number * 1e6) / 1e6).replace("-", "−");
const labelled = (text, field, ...rest) =>
  element("div", { class: "explorable-control" }, element("label", { for: field.id }, text), field, ...rest);

// --- Controls: each returns its element, and a function that shows a value ---

function slider(control, send, texts) {
  const id = freshId();
  const last = texts ? texts.length - 1 : control.high;
  const range = { low: texts ? 0 : control.low, step: texts ? 1 : control.step };
  const says = (position) => (texts ? texts[position] : shown(position));
  const output = element("output", { for: id, "aria-live": "off" }); // the slider itself says its value
  const field = element("input", { type: "range", id, name: control.name, min: range.low, max: last, step: range.step });
  const tell = () => {
    output.textContent = says(Number(field.value));
    field.setAttribute("aria-valuetext", says(Number(field.value)));
  };
  field.addEventListener("input", () => {
    tell();
    send(texts ? control.options[Number(field.value)] : Number(field.value));
  });
  const put = (value) => {
    field.value = texts ? control.options.indexOf(value) : value;
    tell();
  };
  return [labelled(control.label, field, output), put];
}

function choice(control, send) {
  const options = control.options.map((text) => element("option", { value: text }, text));
  const field = element("select", { id: freshId(), name: control.name, onchange: () => send(field.value) }, ...options);
  return [labelled(control.label, field), (value) => (field.value = value)];
}

function onOff(control, send) {
  const field = element("input", { type: "checkbox", id: freshId(), name: control.name });
  field.addEventListener("change", () => send(field.checked));
  return [labelled(control.label, field), (value) => (field.checked = value)];
}

function button(control, send, values) {
  const press = () => send(values()[control.name] + 1, true);
  const field = element("button", { type: "button", name: control.name, onclick: press }, control.label);
  return [element("div", { class: "explorable-control" }, field), () => {}];
}

function numbers(control, send, values) {
  const fields = control.value.map((row, r) =>
    row.map((_, c) => {
      const limits = { min: control.low, max: control.high, step: control.step };
      const name = `row ${r + 1}, column ${c + 1}`;
      const field = element("input", { type: "number", "aria-label": name, name: control.name, ...limits });
      field.addEventListener("input", () => {
        if (field.value === "" || !field.validity.valid) return;
        send(values()[control.name].map((line, i) => line.map((it, j) => (i === r && j === c ? Number(field.value) : it))));
      });
      return field;
    }),
  );
  const rows = fields.map((row) => element("div", { class: "explorable-row" }, ...row));
  const put = (table) =>
    fields.forEach((row, r) =>
      row.forEach((field, c) => {
        if (field !== document.activeElement) field.value = table[r][c];
      }),
    );
  return [element("fieldset", { class: "explorable-numbers" }, element("legend", {}, control.label), ...rows), put];
}

function order(control, send, values) {
  const list = element("ol");
  let words = [...control.value, ...control.options.filter((word) => !control.value.includes(word))];
  const fields = new Map();
  const tell = () => send(words.filter((word) => fields.get(word).use.checked));
  const move = (word, by, pressed) => {
    const place = words.indexOf(word);
    if (place + by < 0 || place + by >= words.length) return;
    words.splice(place, 1);
    words.splice(place + by, 0, word);
    list.append(...words.map((it) => fields.get(it).item));
    pressed.focus();
    tell();
  };
  for (const word of words) {
    const id = freshId();
    const use = element("input", { type: "checkbox", id, name: control.name, onchange: tell });
    const up = element("button", { type: "button", "aria-label": `${word} earlier` }, "↑");
    const down = element("button", { type: "button", "aria-label": `${word} later` }, "↓");
    up.addEventListener("click", () => move(word, -1, up));
    down.addEventListener("click", () => move(word, 1, down));
    fields.set(word, { use, item: element("li", {}, use, element("label", { for: id }, word), up, down) });
  }
  const put = (used) => {
    const same = words.filter((word) => fields.get(word).use.checked).join() === used.join();
    fields.forEach((field, word) => (field.use.checked = used.includes(word)));
    if (same && list.childElementCount) return; // (Items that move would lose the focus.)
    if (!same) words = [...used, ...words.filter((word) => !used.includes(word))];
    list.replaceChildren(...words.map((word) => fields.get(word).item));
  };
  return [element("fieldset", { class: "explorable-order" }, element("legend", {}, control.label), list), put];
}

// A sheet of paper: mouse, finger and pen draw on it; so do the arrow keys, while the pen that Space puts down is down.
function pad(control, send) {
  const { side, samples } = control;
  const own = "your own";
  const help = element("p", { id: freshId(), class: "explorable-help" });
  help.textContent =
    "Draw with mouse, finger or pen. By keyboard: arrow keys move the pen (with Shift, a little), Space puts it down and lifts it, " +
    "Backspace takes the last stroke back. Your first stroke clears a drawing made for the course; Undo brings it back.";
  const said = element("p", { role: "status", class: "explorable-help" });
  const sheet = element("canvas", { tabindex: "0", role: "application", "aria-label": control.label, "aria-describedby": help.id });
  sheet.dataset.pad = control.name;
  const names = [own, ...Object.keys(samples)];
  const choose = element("select", { id: freshId(), name: control.name }, ...names.map((name) => element("option", { value: name }, name)));
  const pressed = (text, what) => element("button", { type: "button", onclick: what }, text);

  let strokes = [];
  let example = null; // the drawing of the course whose place the strokes have taken
  let stroke = null; // the one that is being drawn
  let pointer = null; // what draws it: a pointer's number, or "keys"
  let at = [side / 2, side / 2]; // where the keyboard's pen is
  let keys = false; // whether to show it

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const nameOf = (these) => names.find((name) => name !== own && same(samples[name], these)) || own;
  const repaint = () => {
    const sharp = Math.max(1, window.devicePixelRatio || 1);
    if (sheet.width !== Math.round(side * sharp)) sheet.width = sheet.height = Math.round(side * sharp);
    const pen = sheet.getContext("2d");
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.fillStyle = "#FFFDF8";
    pen.fillRect(0, 0, side, side);
    Object.assign(pen, { strokeStyle: "#222222", lineWidth: control.pen, lineCap: "round", lineJoin: "round" });
    for (const points of stroke ? [...strokes, stroke] : strokes) {
      pen.beginPath();
      for (const [x, y] of points) pen.lineTo(x, y);
      if (points.length === 1) pen.lineTo(points[0][0] + 0.01, points[0][1]); // (a line of no length is not drawn)
      pen.stroke();
    }
    if (!keys) return;
    pen.beginPath();
    crossed(pen, ...at, 9);
    Object.assign(pen, { strokeStyle: "#FFFDF8", lineWidth: 6 });
    pen.stroke();
    Object.assign(pen, { strokeStyle: stroke ? "#D55E00" : "#0072B2", lineWidth: 3 });
    pen.stroke();
  };
  const show = (now) => {
    strokes = now;
    choose.value = nameOf(strokes);
    if (choose.value !== own || !strokes.length) example = null;
    repaint();
  };
  const tell = (now) => {
    show(now);
    send(strokes);
  };
  const full = () => strokes.length >= control.most_strokes || strokes.flat().length + 500 > control.most_points;
  const begin = (what, point) => {
    if (full()) {
      said.textContent = "The pad holds no more: clear it.";
      return;
    }
    if (nameOf(strokes) !== own) [example, strokes] = [strokes, []];
    [pointer, stroke] = [what, [point]];
    repaint();
  };
  const extend = (point) => {
    const [x, y] = stroke[stroke.length - 1];
    if (Math.hypot(point[0] - x, point[1] - y) < 2) return;
    if (stroke.length >= 500) {
      const room = strokes.length + 2 <= control.most_strokes && strokes.flat().length + 1000 <= control.most_points;
      if (!room) return;
      [strokes, stroke] = [[...strokes, stroke], [[x, y]]]; // a long line goes on as another stroke
    }
    stroke.push(point);
  };
  const end = () => {
    if (!stroke) return;
    const done = [...strokes, stroke];
    [pointer, stroke] = [null, null];
    tell(done);
  };
  const drop = () => {
    [pointer, stroke] = [null, null];
    if (!strokes.length && example) show(example);
  };
  const undo = () => strokes.length && tell((strokes.length === 1 && example) || strokes.slice(0, -1));
  const clear = () => strokes.length && tell([]);

  const inside = (number) => Math.round(Math.min(Math.max(number, 0), side) * 10) / 10;
  const pointOf = (event) => {
    const box = sheet.getBoundingClientRect();
    return [inside(((event.clientX - box.left) / box.width) * side), inside(((event.clientY - box.top) / box.height) * side)];
  };
  sheet.addEventListener("pointerdown", (event) => {
    if (pointer === "keys") end();
    if (event.button !== 0 || stroke) return;
    event.preventDefault();
    sheet.focus({ preventScroll: true });
    sheet.setPointerCapture(event.pointerId);
    keys = false;
    begin(event.pointerId, pointOf(event));
  });
  sheet.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    for (const each of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) extend(pointOf(each));
    repaint();
  });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"])
    sheet.addEventListener(kind, (event) => event.pointerId === pointer && end());

  const tellPlace = () => {
    const [column, row] = at.map((number) => Math.min(20, Math.floor(number / (side / 20)) + 1));
    said.textContent = `Pen ${stroke ? "down" : "up"}, column ${column} of 20, row ${row} of 20.`;
  };
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  sheet.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || (stroke && pointer !== "keys")) return;
    if (event.key in ARROWS) {
      const step = (side / 20) * (event.shiftKey ? 0.25 : 1);
      at = at.map((number, axis) => inside(number + step * ARROWS[event.key][axis]));
      if (stroke) extend(at);
    } else if (event.key === " ") {
      if (stroke) end();
      else begin("keys", at);
      if (full() && !stroke) return event.preventDefault(); // which has been said
    } else if (event.key === "Backspace") stroke ? drop() : undo();
    else return;
    event.preventDefault();
    keys = true;
    repaint();
    tellPlace();
  });
  sheet.addEventListener("blur", () => {
    if (pointer === "keys") end();
    keys = false;
    repaint();
  });
  choose.addEventListener("change", () => tell(choose.value === own ? [] : samples[choose.value]));

  const label = element("label", { for: choose.id }, "A drawing made for the course");
  const press = element("div", { class: "explorable-control" }, pressed("Undo", undo), pressed("Clear", clear));
  const beside = element("div", {}, element("div", { class: "explorable-control" }, label, choose), press, help, said);
  const whole = element("fieldset", { class: "explorable-pad" }, element("legend", {}, control.label), sheet, beside);
  const put = (value) => {
    if (stroke) return;
    if (!same(value, strokes)) example = null; // somebody else has drawn
    show(value);
  };
  return [whole, put];
}

// A file that the learner chooses, or a sound that the learner records; it goes to Python in base64.
function upload(control, send) {
  const said = element("span", { role: "status" });
  const give = (file) => {
    if (file.size > control.most_bytes) {
      const most = Math.round(control.most_bytes / 1e6);
      said.textContent = `This file is too large: at most ${most} MB come through the browser.`;
      return;
    }
    said.textContent = "";
    const reader = new FileReader();
    reader.onload = () => send(reader.result.slice(reader.result.indexOf(",") + 1), true);
    reader.onerror = () => (said.textContent = "The browser could not read this file.");
    reader.readAsDataURL(file);
  };
  const id = freshId();
  const field = element("input", { type: "file", id, name: control.name, accept: control.accept });
  field.addEventListener("change", () => field.files.length && give(field.files[0]));
  const fields = [labelled(control.label, field)];
  if (control.seconds) fields.push(microphone(control, give, said));
  return [element("div", { class: "explorable-upload" }, ...fields, said), () => {}];
}

function microphone(control, give, said) {
  const button = element("button", { type: "button" }, `Record ${control.seconds} seconds`);
  button.addEventListener("click", async () => {
    button.disabled = true;
    said.textContent = "Waiting for the microphone …";
    try {
      give(await recorded(control.seconds, () => (said.textContent = "Speak now …")));
    } catch (error) {
      said.textContent = `The microphone cannot be used here (${error.message}). Choose a file instead.`;
    }
    button.disabled = false;
  });
  return button;
}

async function recorded(seconds, started) {
  if (!navigator.mediaDevices) throw new Error("the browser allows it on safe pages only");
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const context = new AudioContext();
  try {
    const recorder = new MediaRecorder(stream);
    const parts = [];
    recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
    const stopped = new Promise((done) => recorder.addEventListener("stop", done));
    recorder.start();
    started();
    await new Promise((done) => setTimeout(done, seconds * 1000));
    recorder.stop();
    await stopped;
    const sound = await context.decodeAudioData(await new Blob(parts).arrayBuffer());
    return asWav(sound.getChannelData(0), sound.sampleRate);
  } finally {
    stream.getTracks().forEach((track) => track.stop());
    context.close();
  }
}

// A plain WAV file: 44 bytes that say 16 bits, one channel, so many a second; then the samples.
function asWav(samples, rate) {
  const file = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (place, letters) => [...letters].forEach((letter, i) => file.setUint8(place + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  file.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  [16, 0x10001, rate, 2 * rate, 0x100002].forEach((number, i) => file.setUint32(16 + 4 * i, number, true));
  text(36, "data");
  file.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => file.setInt16(44 + 2 * i, 32767 * Math.max(-1, Math.min(1, sample)), true));
  return new Blob([file], { type: "audio/wav" });
}

const CONTROLS = {
  Slider: (control, send) => slider(control, send),
  Scale: (control, send) => slider(control, send, control.options.map(shown)),
  Choice: choice,
  Switch: onOff,
  Button: button,
  Numbers: numbers,
  Order: order,
  Pad: pad,
  Upload: upload,
};

// --- The picture ---

const scratch = element("canvas"); // one for all rasters: a new one for each would be memory that comes back late

const STROKES = {
  clip(pen, left, top, width, height) {
    pen.save();
    pen.beginPath();
    pen.rect(left, top, width, height);
    pen.clip();
  },
  unclip(pen) {
    pen.restore();
  },
  line(pen, points, color, width, dash) {
    pen.beginPath();
    for (let i = 0; i < points.length; i += 2) pen.lineTo(points[i], points[i + 1]);
    Object.assign(pen, { strokeStyle: color, lineWidth: width, lineJoin: "round" });
    pen.setLineDash(dash);
    pen.stroke();
    pen.setLineDash([]);
  },
  dots(pen, points, color, marker, size) {
    const r = size / 2;
    for (let i = 0; i < points.length; i += 2) {
      const [x, y] = [points[i], points[i + 1]];
      pen.beginPath();
      if (marker === "circle") pen.arc(x, y, r, 0, 7);
      else if (marker === "square") pen.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
      else if (marker === "triangle") polygon(pen, [x, y - r * 1.15, x + r, y + r * 0.85, x - r, y + r * 0.85]);
      else if (marker === "diamond") polygon(pen, [x, y - r * 1.2, x + r, y, x, y + r * 1.2, x - r, y]);
      else crossed(pen, x, y, r * 0.85);
      if (marker === "cross") {
        Object.assign(pen, { strokeStyle: color, lineWidth: 2 });
      } else {
        Object.assign(pen, { fillStyle: color, strokeStyle: "#FFFDF8", lineWidth: 0.8 });
        pen.fill();
      }
      pen.stroke();
    }
  },
  box(pen, left, top, width, height, fill, edge, line, dash) {
    if (fill) {
      pen.fillStyle = fill;
      pen.fillRect(left, top, width, height);
    }
    if (!edge || !line) return;
    Object.assign(pen, { strokeStyle: edge, lineWidth: line });
    pen.setLineDash(dash);
    pen.strokeRect(left, top, width, height);
    pen.setLineDash([]);
  },
  text(pen, x, y, text, align, size, bold, color, upright) {
    pen.save();
    pen.translate(x, y);
    if (upright) pen.rotate(-Math.PI / 2);
    Object.assign(pen, { fillStyle: color, textAlign: align, textBaseline: "middle" });
    pen.font = `${bold ? "bold " : ""}${size}px ${FONT}`;
    pen.fillText(text, 0, 0);
    pen.restore();
  },
  arrow(pen, x, y, toX, toY, color, width) {
    const angle = Math.atan2(toY - y, toX - x);
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    STROKES.line(pen, [x, y, toX - 5 * cos, toY - 5 * sin], color, width, []);
    pen.beginPath();
    polygon(pen, [toX, toY, toX - 8 * cos + 4 * sin, toY - 8 * sin - 4 * cos, toX - 8 * cos - 4 * sin, toY - 8 * sin + 4 * cos]);
    pen.fillStyle = color;
    pen.fill();
  },
  raster(pen, left, top, width, height, rows, columns, smooth, bytes) {
    const colors = new Uint8ClampedArray(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (scratch.width !== columns || scratch.height !== rows) Object.assign(scratch, { width: columns, height: rows });
    scratch.getContext("2d").putImageData(new ImageData(colors, columns, rows), 0, 0);
    pen.imageSmoothingEnabled = smooth;
    pen.drawImage(scratch, left, top, width, height);
  },
};

function polygon(pen, corners) {
  for (let i = 0; i < corners.length; i += 2) pen.lineTo(corners[i], corners[i + 1]);
  pen.closePath();
}

function crossed(pen, x, y, r) {
  pen.moveTo(x - r, y - r);
  pen.lineTo(x + r, y + r);
  pen.moveTo(x + r, y - r);
  pen.lineTo(x - r, y + r);
}

function paint(canvas, drawing) {
  const sharp = Math.max(1, window.devicePixelRatio || 1);
  const [width, height] = [Math.round(drawing.width * sharp), Math.round(drawing.height * sharp)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  pen.setTransform(sharp, 0, 0, sharp, 0, 0);
  for (const [kind, ...what] of drawing.strokes) STROKES[kind](pen, ...what);
}

// --- The code, to copy ---

function codeBlock() {
  const text = element("code");
  const said = element("span", { role: "status" });
  const copy = element("button", { type: "button" }, "Copy the code");
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      said.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(text);
      said.textContent = "The code is selected: copy it with Ctrl+C, or Cmd+C on a Mac.";
    }
  });
  // (A line that is too long can be scrolled by keyboard, because it can have the focus.)
  const block = element("pre", { tabindex: "0", role: "region", "aria-label": "the code that this stands for" }, text);
  const whole = element("div", { class: "explorable-code" }, block, copy, said);
  const put = (code) => {
    if (text.textContent !== code) said.textContent = "";
    text.textContent = code;
    whole.hidden = code === "";
  };
  return [whole, put];
}

// --- The sound, to hear ---

function player() {
  const audio = element("audio", { controls: true, "aria-label": "the sound" });
  let address = "";
  const put = (sound) => {
    const given = sound && sound.byteLength > 0;
    if (address) URL.revokeObjectURL(address);
    address = given ? URL.createObjectURL(new Blob([sound], { type: "audio/wav" })) : "";
    audio.hidden = !given;
    if (given) audio.src = address;
    else audio.removeAttribute("src");
  };
  return [audio, put];
}

// --- All of it ---

function render({ model, el }, leave) {
  const words = element("p", { role: "status", class: "explorable-words", id: freshId() });
  const heading = model.get("heading");
  const canvas = element("canvas", { role: "img", "aria-label": `Picture: ${heading}`, "aria-describedby": words.id });
  const places = element("div", { class: "explorable-controls" });
  const [code, putCode] = codeBlock();
  const [audio, putSound] = player();
  el.append(
    element("section", { class: "explorable", "aria-label": heading }, element("h3", {}, heading), places, audio, canvas, words, code),
  );

  let puts = [];
  const values = () => model.get("values");
  const answer = () => {
    paint(canvas, model.get("drawing"));
    words.textContent = model.get("words");
    putCode(model.get("code"));
    canvas.dataset.drawn = model.get("answered");
  };
  const put = () => puts.forEach(([name, show]) => show(values()[name]));
  const place = () => {
    const made = model.get("controls").map((control) => {
      const send = (value, waits) => {
        if (waits) words.textContent = "Working …";
        model.set("values", { ...values(), [control.name]: value });
        model.save_changes();
      };
      return [control.name, ...CONTROLS[control.kind](control, send, values)];
    });
    places.replaceChildren(...made.map(([, whole]) => whole));
    puts = made.map(([name, , show]) => [name, show]);
    put();
  };

  const sound = () => putSound(model.get("sound"));
  place();
  sound(); // (only when it changes: what is being heard goes on while other controls move)
  answer();
  const heard = { "change:controls": place, "change:sound": sound, "change:values": put, "change:answered": answer };
  for (const [event, what] of Object.entries(heard)) model.on(event, what);
  return () => {
    for (const [event, what] of Object.entries(heard)) model.off(event, what);
    putSound(null);
    leave();
  };
}

// One call for each explorable, which may have several views. When the last one has gone from a notebook that is still
// open (its cell ran again, or its output was cleared), Python is told, and lets go of it.
export default () => {
  let views = 0;
  return {
    render({ model, el }) {
      let notebook = null;
      views += 1;
      requestAnimationFrame(() => (notebook = el.closest(".jp-Notebook")));
      return render({ model, el }, () => {
        views -= 1;
        setTimeout(() => {
          if (views === 0 && notebook && notebook.isConnected) model.send({ kind: "gone" });
        }, GONE_AFTER);
      });
    },
  };
};
