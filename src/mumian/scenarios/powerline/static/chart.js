// A map of our own: vectors on a canvas, no tiles, no foreign host. North is up; metres by a local plane, which is exact enough to 50 km.
const M = 111_195;
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Chart {
  // drawings: lines {of, name, towers: [[lon, lat, number]]} and routes {of, name, route, photos, fences, home}
  constructor(canvas, drawings, say, choose) {
    Object.assign(this, { canvas, drawings, say, choose, craft: [], chosen: "", view: null, moved: false });
    this.pen = canvas.getContext("2d");
    new ResizeObserver(() => { this.fit(); this.draw(this.craft, this.chosen); }).observe(canvas);
    canvas.addEventListener("wheel", (event) => { event.preventDefault(); this.zoomAt(event.deltaY < 0 ? 1.25 : 0.8, event.offsetX, event.offsetY); }, { passive: false });
    let from = null;
    canvas.addEventListener("pointerdown", (event) => { from = [event.offsetX, event.offsetY, 0]; canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener("pointermove", (event) => {
      if (!from || !this.view) return;
      const [dx, dy] = [event.offsetX - from[0], event.offsetY - from[1]];
      this.view.x -= dx / this.view.scale; this.view.y += dy / this.view.scale;
      from = [event.offsetX, event.offsetY, from[2] + Math.abs(dx) + Math.abs(dy)];
      if (from[2] > 4) this.moved = true;
      this.draw(this.craft, this.chosen);
    });
    canvas.addEventListener("pointerup", (event) => { if (from && from[2] <= 4) this.pick(event.offsetX, event.offsetY); from = null; });
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-60, 0], ArrowRight: [60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
      if (step && this.view) { event.preventDefault(); this.moved = true; this.view.x += step[0] / this.view.scale; this.view.y += step[1] / this.view.scale; this.draw(this.craft, this.chosen); }
      if (event.key === "+" || event.key === "=") this.zoom("in");
      if (event.key === "-") this.zoom("out");
    });
  }

  // ---- metres and pixels ---------------------------------------------------------------------------------------------
  places() {
    const all = this.drawings.flatMap((d) => (d.of === "line" ? d.towers : [...d.route, d.home]));
    for (const { state, track } of this.craft) { all.push(...track); if (state.lon !== undefined) all.push([state.lon, state.lat]); }
    return all;
  }

  metres([lon, lat]) { return [(lon - this.origin[0]) * M * Math.cos((this.origin[1] * Math.PI) / 180), (lat - this.origin[1]) * M]; }
  pixel(place) {
    const [x, y] = this.metres(place);
    return [(x - this.view.x) * this.view.scale + this.wide / 2, this.high / 2 - (y - this.view.y) * this.view.scale];
  }

  fit() {
    const box = this.canvas.getBoundingClientRect(), dots = window.devicePixelRatio || 1;
    Object.assign(this, { wide: box.width, high: box.height });
    this.canvas.width = Math.round(box.width * dots); this.canvas.height = Math.round(box.height * dots);
    this.pen.setTransform(dots, 0, 0, dots, 0, 0);
  }

  frame() {
    const places = this.places();
    if (!places.length || !this.wide) { this.view = null; return; }
    this.origin ??= [...places[0]].slice(0, 2);
    const all = places.map((place) => this.metres(place));
    const [xs, ys] = [all.map((p) => p[0]), all.map((p) => p[1])];
    const [left, right, low, top] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const scale = Math.min((this.wide - 160) / Math.max(right - left, 120), (this.high - 170) / Math.max(top - low, 120));
    this.view = { x: (left + right) / 2, y: (low + top) / 2 + 12 / scale, scale: Math.max(scale, 1e-3) };
    this.framed = [left, right, low, top];
  }

  zoom(how) {
    if (how === "all") { this.moved = false; this.view = null; this.draw(this.craft, this.chosen); } else this.zoomAt(how === "in" ? 1.4 : 1 / 1.4, this.wide / 2, this.high / 2);
  }

  zoomAt(times, px, py) {
    if (!this.view) return;
    this.moved = true;
    const { x, y, scale } = this.view, next = Math.min(50, Math.max(1e-3, scale * times));
    const [mx, my] = [x + (px - this.wide / 2) / scale, y - (py - this.high / 2) / scale];
    this.view = { scale: next, x: mx - (px - this.wide / 2) / next, y: my + (py - this.high / 2) / next };
    this.draw(this.craft, this.chosen);
  }

  pick(px, py) {
    const near = this.craft.filter((c) => c.state.lon !== undefined).map((c) => [Math.hypot(...this.pixel([c.state.lon, c.state.lat]).map((v, i) => v - [px, py][i])), c]).sort((a, b) => a[0] - b[0])[0];
    if (near && near[0] < 28) this.choose(near[1].state.key);
  }

  // ---- drawing -------------------------------------------------------------------------------------------------------
  draw(craft, chosen) {
    Object.assign(this, { craft, chosen });
    if (!this.wide) this.fit();
    if (!this.view || (!this.moved && this.outgrown())) this.frame();
    const pen = this.pen;
    pen.clearRect(0, 0, this.wide, this.high);
    this.canvas.dataset.vehicles = craft.length;
    if (!this.view) return;
    this.ink = { ink: css("--mm-ink"), dim: css("--mm-ink-3"), mid: css("--mm-ink-2"), line: css("--mm-line-strong"), blue: css("--mm-select"), ground: css("--mm-sunken"), font: css("--mm-font") };
    for (const d of this.drawings) (d.of === "line" ? this.line(d) : this.route(d));
    for (const c of craft) this.track(c);
    const others = craft.filter((c) => c.state.lon !== undefined && c.state.key !== chosen);
    for (const c of others.filter((c) => !c.old)) this.vehicle(c, false);
    for (const c of others.filter((c) => c.old)) this.vehicle(c, false); // a blind one lies on top
    const one = craft.find((c) => c.state.key === chosen && c.state.lon !== undefined);
    if (one) this.vehicle(one, true);
    this.furniture();
  }

  outgrown() {
    const all = this.craft.filter((c) => c.state.lon !== undefined).map((c) => this.pixel([c.state.lon, c.state.lat]));
    return all.some(([x, y]) => x < 20 || y < 20 || x > this.wide - 20 || y > this.high - 20);
  }

  path(places, colour, width, close = false) {
    if (places.length < 2) return;
    const pen = this.pen;
    pen.beginPath();
    places.forEach((place, n) => { const [x, y] = this.pixel(place); if (n) pen.lineTo(x, y); else pen.moveTo(x, y); });
    if (close) pen.closePath();
    Object.assign(pen, { strokeStyle: colour, lineWidth: width, lineJoin: "round", lineCap: "round" });
    pen.stroke();
  }

  word(said, x, y, { colour = this.ink.mid, size = 12, weight = 400, align = "left" } = {}) {
    const pen = this.pen;
    Object.assign(pen, { font: `${weight} ${size}px ${this.ink.font}`, textAlign: align, textBaseline: "middle", lineWidth: 3.5, strokeStyle: this.ink.ground, fillStyle: colour, lineJoin: "round" });
    pen.strokeText(said, x, y);
    pen.fillText(said, x, y);
  }

  line({ name, voltage_kv: kv, towers }) {
    this.path(towers, this.ink.line, 5);
    this.path(towers, this.ink.ground, 2.5);
    let last = null;
    for (const tower of towers) {
      const [x, y] = this.pixel(tower), pen = this.pen;
      if (x < -20 || y < -20 || x > this.wide + 20 || y > this.high + 20) continue;
      pen.save(); pen.translate(x, y); pen.rotate(Math.PI / 4);
      Object.assign(pen, { fillStyle: this.ink.ground, strokeStyle: this.ink.ink, lineWidth: 1.5 });
      pen.fillRect(-4, -4, 8, 8); pen.strokeRect(-4, -4, 8, 8); pen.restore();
      if (!last || Math.hypot(x - last[0], y - last[1]) > 34) { this.word(String(tower[2]), x, y - 15, { align: "center" }); last = [x, y]; }
    }
    const seen = towers.map((t) => this.pixel(t)).filter(([x, y]) => x > 60 && y > 60 && x < this.wide - 160 && y < this.high - 60);
    if (seen.length) { const [x, y] = seen[Math.floor(seen.length / 2)]; this.word(`${kv ? `${kv} kV ` : ""}${name}`, x + 14, y + 17, { size: 13, weight: 500 }); }
  }

  route({ route, photos, fences, home }) {
    for (const fence of fences ?? []) { this.path(fence, this.ink.dim, 1, true); this.teeth(fence); }
    this.path(route, this.ink.mid, 1.2);
    for (const place of photos) this.dot(place, false);
    const [x, y] = this.pixel(home), pen = this.pen;
    Object.assign(pen, { strokeStyle: this.ink.ink, lineWidth: 1.5, fillStyle: this.ink.ground });
    pen.fillRect(x - 6, y - 6, 12, 12); pen.strokeRect(x - 6, y - 6, 12, 12);
  }

  teeth(fence) {
    const pen = this.pen;
    Object.assign(pen, { strokeStyle: this.ink.dim, lineWidth: 1 });
    fence.forEach((place, n) => {
      const [[ax, ay], [bx, by]] = [this.pixel(place), this.pixel(fence[(n + 1) % fence.length])], long = Math.hypot(bx - ax, by - ay);
      for (let at = 12; at < Math.min(long, 4000); at += 24) {
        const [x, y] = [ax + ((bx - ax) * at) / long, ay + ((by - ay) * at) / long];
        pen.beginPath(); pen.moveTo(x, y); pen.lineTo(x - ((by - ay) / long) * 5, y + ((bx - ax) / long) * 5); pen.stroke();
      }
    });
  }

  dot(place, done) {
    const [x, y] = this.pixel(place), pen = this.pen;
    pen.beginPath(); pen.arc(x, y, 4, 0, 7);
    Object.assign(pen, { fillStyle: done ? this.ink.ink : this.ink.ground, strokeStyle: this.ink.ink, lineWidth: 1.5 });
    pen.fill(); pen.stroke();
  }

  track({ state, track, log }) {
    const mine = state.key === this.chosen, now = state.lon !== undefined ? [[state.lon, state.lat]] : [];
    this.pen.setLineDash({ replay: [8, 5], simulation: [1, 6] }[state.origin] ?? []); // line style is origin
    this.path([...track, ...now], mine ? this.ink.blue : this.ink.mid, mine ? 4 : 2.5);
    this.pen.setLineDash([]);
    for (const place of log.photos) this.dot(place, true);
  }

  vehicle({ state, name, old, said }, mine) {
    const [x, y] = this.pixel([state.lon, state.lat]), pen = this.pen, colour = mine ? this.ink.blue : this.ink.ink;
    if (mine) { pen.beginPath(); pen.arc(x, y, 18, 0, 7); Object.assign(pen, { strokeStyle: colour, lineWidth: 1.2 }); pen.stroke(); }
    pen.save(); pen.translate(x, y); pen.rotate(((state.heading_deg ?? 0) * Math.PI) / 180);
    pen.beginPath(); pen.moveTo(0, -12); pen.lineTo(8, 10); pen.lineTo(0, 5); pen.lineTo(-8, 10); pen.closePath();
    Object.assign(pen, { fillStyle: old ? this.ink.ground : colour, strokeStyle: old ? colour : this.ink.ground, lineWidth: 1.6, lineJoin: "round" });
    pen.fill(); pen.stroke(); pen.restore();
    const crowded = this.craft.length > 8 && !mine && !old;
    if (!crowded) { pen.globalAlpha = 0.85; pen.fillStyle = this.ink.ground; pen.fillRect(x + 20, y - 17, 92, 34); pen.globalAlpha = 1; } // tower numbers stay under it
    this.word(name, x + 22, crowded ? y : y - 8, { colour, size: mine ? 14 : 12, weight: 600 });
    if (!crowded) this.word(old ? said : `${Math.round(state.above_home_m)} m · ${state.speed_mps.toFixed(1)} m/s`, x + 22, y + 8, { colour: old ? this.ink.ink : this.ink.mid });
  }

  furniture() {
    const metres = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000].find((m) => m * this.view.scale >= 70) ?? 100_000;
    const long = metres * this.view.scale, pen = this.pen, [x, y] = [this.wide - 60 - long, this.high - (this.wide < 560 ? 52 : 20)] /* the legend lies below on a phone */;
    Object.assign(pen, { strokeStyle: this.ink.ink, lineWidth: 1.5 });
    pen.beginPath(); pen.moveTo(x, y - 6); pen.lineTo(x, y); pen.lineTo(x + long, y); pen.lineTo(x + long, y - 6); pen.stroke();
    this.word(metres < 1000 ? `${metres} m` : `${metres / 1000} km`, x + long, y - 15, { align: "right" });
    this.word("WGS-84", x, y - 15);
    const n = this.wide - 28;
    Object.assign(pen, { strokeStyle: this.ink.ink, lineWidth: 1.5 });
    pen.beginPath(); pen.moveTo(n, y - 34); pen.lineTo(n, y - 4); pen.moveTo(n - 5, y - 26); pen.lineTo(n, y - 34); pen.lineTo(n + 5, y - 26); pen.stroke();
    this.word(this.say("north"), n, y + 8, { align: "center" });
  }
}
