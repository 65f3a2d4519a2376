// The player of recorded runs. One function, `CoherencePlayer(element, data, options)`; no dependency, no network.
// A Player has one state (step, phase, answers) and a Half for each run that it shows: one, or several side by side.
// The picture is a pure function of the state and the size: `render` writes it anew at every change, so going back
// restores the same document. Lengths are multiples of u, 1 % of the picture's height.
const CoherencePlayer = (() => {
'use strict';
const PHASES = ['ask', 'snoop', 'data', 'states'], STATES = 3, QUESTION = -1;
const DOES = ['reads', 'writes', 'evicts'], EVENTS = ['PrRd', 'PrWr', 'Evict'], LETTER = ['r', 'w', 'e'];
const AND_SO = '\x05', CUT = 14; // between sentence and victim's; the longest name in a sentence
const BUTTON = 42; // pixels of a button on a phone
const VALUE = 4.3, DIGIT = .57; // the size of a value, the width of a digit in it
const TICK = 1400, MARKS = ['', '①', '②', '③'];
const esc = s => String(s).replace(/[&<>"']/g, c => '&#' + c.charCodeAt(0) + ';');
const cut = (s, n) => { const c = [...s]; if (c.length <= n) return s; n = Math.max(n, 3);
  const a = Math.ceil((n - 1) / 2); return c.slice(0, a).join('') + '…' + c.slice(c.length - (n - 1 - a)).join(''); };
const bdi = (s, n) => `<bdi>${esc(cut(s.replace(/[\u0000-\u001f]/g, '·'), n || 999))}</bdi>`;
const some = cs => cs.length === 1 ? `core ${cs[0]}` : cs.length > 3 ? `${cs.length} cores` :
  `cores ${cs.slice(0, -1).join(', ')} and ${cs[cs.length - 1]}`;
const numeric = s => /^-?\d/.test(s), keyed = s => numeric(s) ? 'key ' : '', lined = s => numeric(s) ? 'line ' : '';
const first = s => s[0].toUpperCase() + s.slice(1);
const KEYS = [
  ['→', 'ArrowRight', 'next step', p => p.next()], ['←', 'ArrowLeft', 'previous step', p => p.prev()],
  ['↓', 'ArrowDown', 'next phase: ask, snoop, data, states', p => p.down()],
  ['↑', 'ArrowUp', 'previous phase', p => p.up()],
  ['Page Down', 'PageDown', 'next step (presenter)', p => p.next()],
  ['Page Up', 'PageUp', 'previous step (presenter)', p => p.prev()],
  ['Home', 'Home', 'before the first step', p => p.go(0)], ['End', 'End', 'last step', p => p.go(p.steps.length)],
  ['Space', ' ', 'play, stop', p => p.play()],
  ['P', 'p', 'predict: ask before showing', p => p.setPredict(!p.predict)],
  ['A – D', 'abcd', 'answer, while a question is open', null],
  ['M', 'm', 'mark this step as the wrong one (find the bug)', p => p.mark()],
  ['0 – 9', '0123456789', 'next step of that core', null],
  ['/', '/', 'go to a step, or to the next one on a key', p => p.ask()],
  ['T', 't', 'light, dark', p => p.setTheme(!p.dark)], ['B', 'b', 'black screen, while no question is open', p => p.black()],
  ['.', '.', 'black screen', p => p.black()], ['?', '?', 'this help', p => p.help()], ['Esc', 'Escape', 'close', p => p.close()],
];

class Player {
  constructor(el, data, opts = {}) {
    Object.assign(this, { el, opts, i: 0, ph: STATES, predict: false, answers: new Map(), over: '', marks: [],
      dark: typeof matchMedia === 'function' && matchMedia('(prefers-color-scheme: dark)').matches });
    el.innerHTML = '';
    const root = this.root = document.createElement('div');
    root.className = 'coh'; root.tabIndex = 0; root.setAttribute('role', 'group');
    const button = ([act, text, label]) => `<button data-act="${act}" aria-label="${label}" title="${label}">${text}</button>`;
    root.innerHTML = '<div class="pic"><div class="top"></div><div class="live" hidden></div><div class="halves"></div></div><div class="veil"></div><div class="bar">' +
      [['first', '|◀', 'before the first step'], ['prev', '◀', 'previous step'], ['up', '▲', 'previous phase'], ['down', '▼', 'next phase'],
        ['next', '▶', 'next step'], ['last', '▶|', 'last step'], ['play', 'Play', 'play']].map(button).join('') +
      '<i></i><input type="range" min="0" aria-label="step"><button data-act="predict" aria-pressed="false">Predict</button><button data-act="mark" hidden>Mark</button>' +
      [['find', '⌕', 'find a step or a key'], ['theme', '◐', 'light or dark'], ['black', '■', 'black screen'], ['help', '?', 'help']].map(button).join('') +
      '</div><div class="sr" aria-live="polite"></div><div class="legend"></div>';
    el.appendChild(root);
    const q = s => root.querySelector(s);
    this.pic = q('.pic'); this.top = q('.top'); this.veil = q('.veil'); this.bar = q('.bar'); this.range = q('input'); this.live = q('[aria-live]'); this.ops = q('.live');
    const all = Array.isArray(data) ? data : [data];
    this.halves = all.map(() => { const box = document.createElement('div'); box.className = 'half'; q('.halves').appendChild(box); return new Half(this, box); });
    this.load(all);
    root.addEventListener('keydown', e => this.key(e));
    root.addEventListener('click', e => this.click(e));
    this.range.addEventListener('input', () => this.go(+this.range.value));
    if (typeof ResizeObserver === 'function') new ResizeObserver(() => this.measure()).observe(root);
    this.predict = !!opts.predict && !this.bug;
    this.measure(); this.fromHash();
    if (opts.hash) addEventListener('hashchange', () => this.fromHash());
    if (typeof matchMedia === 'function') { // paper is light, and keeps the measures of the screen
      const print = matchMedia('print');
      print.addEventListener('change', () => { this.paper = print.matches; this.measure(); this.legend(); });
    }
    if (opts.focus) root.focus({ preventScroll: true });
    this.render();
  }
  get night() { return this.dark && !this.paper; }
  get multi() { return this.halves.length > 1; }
  get steps() { return this.halves.reduce((a, h) => h.steps.length > a.length ? h.steps : a, []); } // of the run that goes on longest
  load(all) {
    this.halves.forEach((h, k) => h.load(all[k]));
    const d = all[0];
    this.root.setAttribute('aria-label', `${this.halves.map(h => h.P.name).join(' and ')}, ${d.workload}`);
    if (d.bug) { this.bug = JSON.parse(decodeURIComponent(escape(atob(d.bug)))); this.bar.querySelector('[data-act=mark]').hidden = false; this.bar.querySelector('[data-act=predict]').hidden = true; }
    this.range.max = this.steps.length;
    this.legend();
    if (this.opts.send) this.setLive();
  }
  // ---- moving
  go(i, ph = STATES) {
    i = Math.max(0, Math.min(this.steps.length, i));
    if (i && this.open(i) && ph !== QUESTION) ph = QUESTION;
    if (i && ph !== QUESTION && !this.phases(i).includes(ph)) ph = STATES;
    if (!i) ph = STATES;
    this.i = i; this.ph = ph;
    if (this.playing && (ph === QUESTION || i === this.steps.length)) this.stop();
    this.render(); this.toHash();
  }
  phases(i) { return this.halves.some(h => i <= h.steps.length && h.steps[i - 1].reqs.length) ? [0, 1, 2, 3] : [0, 3]; }
  open(i) { return this.predict && !this.answers.has(i) && !!this.question(i); }
  asked(i) { const on = this.halves.filter(h => i <= h.steps.length); return on[(i - 1) % on.length]; } // side by side the halves take turns to be asked about
  question(i) { return this.asked(i).question(i); }
  next() {
    if (this.ph === QUESTION) this.answer(null);
    else if (this.i && this.ph < STATES) this.go(this.i);
    else this.go(this.i + 1);
  }
  prev() { this.go(this.i - 1); }
  down() {
    if (this.ph === QUESTION) return this.answer(null);
    const ps = this.i ? this.phases(this.i) : [];
    if (this.i && this.ph < STATES) this.go(this.i, ps[ps.indexOf(this.ph) + 1]);
    else if (this.i < this.steps.length) this.go(this.i + 1, 0);
  }
  up() {
    if (!this.i) return;
    if (this.ph === QUESTION || this.ph === 0) return this.go(this.i - 1);
    const ps = this.phases(this.i); this.go(this.i, ps[ps.indexOf(this.ph) - 1]);
  }
  play() {
    if (this.playing) return this.stop();
    if (this.ph === QUESTION || this.i === this.steps.length) return;
    this.playing = setInterval(() => this.next(), TICK); this.controls();
  }
  stop() { clearInterval(this.playing); this.playing = 0; this.controls(); }
  // ---- predict
  setPredict(on) {
    if (this.bug) return; // a question would give the wrong cell away
    this.predict = on; this.stop();
    if (on && this.i && !this.answers.has(this.i)) this.answers.set(this.i, { given: null });
    if (!on && this.ph === QUESTION) { this.answers.set(this.i, { given: null }); this.ph = STATES; }
    this.measure();
  }
  answer(k) {
    const q = this.question(this.i);
    if (k !== null && k >= q.options.length) return;
    this.answers.set(this.i, { given: k === null ? null : q.options[k] });
    this.go(this.i);
  }
  score() {
    let right = 0, of = 0;
    for (const [i, a] of this.answers) if (a.given !== null) { of++; right += a.given === this.question(i).right; }
    return `score ${right}/${of}`;
  }
  // ---- find the bug
  mark() {
    if (!this.bug || !this.i || this.found) return;
    const right = this.steps[this.i - 1].number === this.bug.step;
    if (right) this.found = true; else if (!this.marks.includes(this.i)) this.marks.push(this.i);
    this.ph = STATES; this.render();
  }
  get hiding() { return !!this.bug && !this.found; }
  // ---- overlays
  black() { this.stop(); this.over = this.over === 'black' ? '' : 'black'; this.render(); }
  help() { this.stop(); this.over = this.over === 'help' ? '' : 'help'; this.render(); const d = this.veil.querySelector('[role=dialog]'); if (d) d.focus(); }
  ask() { this.stop(); this.over = 'find'; this.render(); const f = this.veil.querySelector('input'); if (f) f.focus(); }
  close() { if (this.over) { this.over = ''; this.render(); this.root.focus({ preventScroll: true }); } }
  find(text) {
    text = text.trim(); this.over = '';
    const h = this.halves[0], numbers = h.steps.map(s => s.number), n = /^\d+$/.test(text) ? numbers.indexOf(+text) + 1 || (text === '0' ? -1 : 0) : 0;
    const name = text.replace(/^(key|line) /, ''), key = s => [h.keyName(s.key), h.data.lines[s.line]].some(x => x === text || x === name);
    const hit = n ? null : h.steps.slice(this.i).find(key) || h.steps.find(key);
    this.lost = !n && !hit && text ? text : '';
    this.root.focus({ preventScroll: true });
    if (n) this.go(Math.max(n, 0)); else if (hit) this.go(hit.n); else this.render();
    this.lost = '';
  }
  setTheme(dark) { this.dark = dark; this.measure(); this.legend(); }
  key(e) {
    const t = e.target, typing = t.tagName === 'INPUT' && t.type !== 'range', button = t.tagName === 'BUTTON';
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (typing) {
      if (e.key === 'Enter') { e.preventDefault(); if (t.closest('.over')) this.find(t.value); }
      if (e.key === 'Escape') this.close();
      e.stopPropagation(); return;
    }
    if (button && (e.key === ' ' || e.key === 'Enter')) return;
    const k = e.key.length === 1 ? e.key.toLowerCase() : e.key, asking = this.ph === QUESTION;
    const stop = () => { e.preventDefault(); e.stopPropagation(); };
    if (this.over === 'black' && !['b', '.', 'Escape'].includes(k)) { if (k !== 'Tab') stop(); return; }
    if (this.over === 'help' && !['?', 'Escape', 't', 'b', '.'].includes(k)) { if (k === 'Tab') return; this.over = ''; }
    if (asking && this.over !== 'black' && 'abcd'.includes(k) && k.length === 1) { stop(); this.answer('abcd'.indexOf(k)); return; }
    if (/^\d$/.test(k)) { stop(); const s = this.steps.slice(this.i).find(s => s.core === +k); if (s) this.go(s.n); return; }
    const bound = KEYS.find(b => b[3] && b[1] === k);
    if (bound) { stop(); bound[3](this); }
  }
  click(e) {
    const t = e.target.closest('[data-act],[data-go],[data-opt],[data-op]');
    if (this.over === 'black') { this.black(); return; }
    if (!t) {
      if (e.target.closest('input,button,.over>div,.live')) return;
      if (this.over) { this.close(); return; }
      if (e.pointerType === 'touch' && e.target.closest('.pic') && this.ph !== QUESTION) { // a finger steps: the left third back
        const r = this.root.getBoundingClientRect(); if (e.clientX < r.left + r.width / 3) this.prev(); else this.next();
      }
      this.root.focus({ preventScroll: true }); return;
    }
    if (t.dataset.go !== undefined) this.go(+t.dataset.go);
    else if (t.dataset.opt !== undefined) this.answer(+t.dataset.opt);
    else if (t.dataset.op !== undefined) { // the button keeps the focus
      this.opts.send(t.dataset.op === 'undo' ? { undo: true } : { core: +t.dataset.core, op: t.dataset.op, key: this.ops.querySelector('input').value.trim() }); return; }
    else { ({ first: () => this.go(0), prev: () => this.prev(), up: () => this.up(), down: () => this.down(), next: () => this.next(), last: () => this.go(this.steps.length),
      play: () => this.play(), predict: () => this.setPredict(!this.predict), mark: () => this.mark(), find: () => this.ask(),
      theme: () => this.setTheme(!this.dark), black: () => this.black(), help: () => this.help() })[t.dataset.act](); if (this.over) return; }
    this.root.focus({ preventScroll: true });
  }
  toHash() {
    if (!this.opts.hash) return;
    const phase = this.ph === QUESTION ? 'question' : PHASES[this.ph];
    try { history.replaceState(null, '', `#step=${this.i}&phase=${phase}${this.predict ? '&predict' : ''}`); } catch { /* a frame without a name of its own */ }
  }
  fromHash() {
    if (!this.opts.hash) return;
    const m = /step=(\d+)(?:&phase=(\w+))?/.exec(location.hash), predict = /[#&]predict\b/.test(location.hash);
    if (predict && !this.predict) this.setPredict(true);
    if (!m) return;
    const i = Math.min(+m[1], this.steps.length);
    if (this.predict && m[2] && m[2] !== 'question' && i && !this.answers.has(i)) this.answers.set(i, { given: null }); // it was seen
    this.go(i, m[2] === undefined || m[2] === 'question' ? STATES : /^\d$/.test(m[2]) ? +m[2] : Math.max(PHASES.indexOf(m[2]), 0));
  }
  // ---- the picture
  measure() {
    const old = this.size, r = this.paper && old ? old : { w: this.root.clientWidth || 960, h: this.root.clientHeight || 540 };
    const { w, h } = this.size = r, n = this.halves.length, narrow = w / h < 1.2, u = Math.min(h / 100, w / 80), W = w / u - 2;
    const long = Math.max(...this.halves.map(x => x.longest));
    const whole = long > CUT ? Math.min(narrow ? 5 : 3, Math.ceil((long + 5) * 1.7 / W)) : 0; // lines for a long key, said whole once
    const bar = narrow ? 2 * BUTTON + 12 : 5 * u, top = 7.6 * u + whole * 3.5 * u, lively = this.opts.send ? (narrow ? 3.2 * BUTTON : 5.4 * u) : 0;
    const room = h - bar - top - lively - .2 * u - (narrow && n > 1 ? 4 : 0);
    this.g = { W, narrow, whole, u };
    const [paper, ink, , accent, dat] = this.halves[0].P.themes[+this.night], css = (k, v) => this.root.style.setProperty(k, v);
    this.root.classList.toggle('narrow', narrow); this.root.classList.toggle('multi', n > 1);
    for (const [k, v] of Object.entries({ '--u': u + 'px', '--W': W + 2, '--bar': bar + 'px', '--lively': lively + 'px', '--button': (narrow ? BUTTON : 4 * u) + 'px', '--paper': paper, '--ink': ink, '--accent': accent, '--data': dat,
      '--muted': this.night ? '#a9b0b8' : '#555b63', '--line': this.night ? '#4a5058' : '#b9bdc4', '--soft': this.night ? '#1c2026' : '#f4f5f7',
      '--lit': this.night ? '#38335c' : '#e4dff6', '--good': this.night ? '#4fd6a0' : '#00663f' })) css(k, v);
    this.halves.forEach(x => x.measure(narrow ? w : w / n, narrow ? room / n : room, u));
    const { per, mw } = this.halves[0].g, at = per >= this.halves[0].data.cores; // a core's buttons stand over its card
    css('--by', at ? `calc(var(--u)*${mw.toFixed(2)})` : '100%'); this.ops.classList.toggle('at', at);
    this.render();
  }
  render() {
    if (!this.g) return;
    const write = (el, html) => { if (el.seen === html) return; const inside = el.contains(document.activeElement); el.innerHTML = html; el.seen = html;
      if (inside) this.root.focus({ preventScroll: true }); }; // what had it is gone
    write(this.top, this.head());
    for (const h of this.halves) write(h.el, h.picture());
    write(this.veil, this.overlay());
    this.controls(); this.announce();
  }
  controls() {
    if (!this.g) return;
    this.range.value = this.i; this.range.setAttribute('aria-valuetext', `step ${this.i} of ${this.steps.length}`);
    const b = a => this.bar.querySelector(`[data-act=${a}]`);
    b('play').textContent = this.playing ? 'Stop' : 'Play'; b('play').setAttribute('aria-label', this.playing ? 'stop' : 'play');
    b('predict').setAttribute('aria-pressed', this.predict);
    this.root.dataset.step = this.i; this.root.dataset.phase = this.ph === QUESTION ? 'question' : PHASES[this.ph];
  }
  opText(s, n, line) { return s ? `Core ${s.core} ${DOES[s.event]} ${keyed(this.halves[0].keyName(s.key))}${bdi(this.halves[0].keyName(s.key), n)}${line}` : 'Before the first step'; }
  head() {
    const s = this.i ? this.steps[this.i - 1] : null, N = this.steps.length, number = s && s.number !== s.n ? ` (${s.number})` : '';
    const tight = this.g.narrow, counts = (this.predict ? (tight ? this.score().slice(6) : this.score()) + ' · ' : '') + `${tight ? '' : 'step '}${this.i}/${N}${number}`;
    const h = this.halves[0], key = s ? h.keyName(s.key) : '', badge = this.multi ? 0 : Math.min([...h.P.name].length, 12) * 1.9 + 5;
    const room = Math.floor((this.g.W - 4 - counts.length * 2.4 - badge) / 2.8) - 13 - keyed(key).length;
    const line = s && h.wordsOf(s.line).length > 1 ? ` (${lined(h.data.lines[s.line])}${bdi(h.data.lines[s.line], 6)})` : '';
    const fits = line && Math.min([...key].length, CUT) + 8 + h.data.lines[s.line].length < room ? line : '';
    const all = s && [...key].length > CUT ? `key ${bdi(key, Math.floor(this.g.whole * (this.g.W / 1.7 - 3)))}` : '';
    return `<div class="head">${this.multi ? '' : `<span class="badge">${bdi(h.P.name, 12)}</span>`}<span class="op">${this.opText(s, Math.max(4, room), fits)}</span><span class="count">${counts}</span></div>` +
      (this.g.whole ? `<div class="whole" style="height:calc(var(--u)*${this.g.whole * 3.5})">${all}</div>` : '');
  }
  overlay() {
    if (this.over === 'black') return '<div class="over black"></div>';
    if (this.over === 'help') return `<div class="over"><div role="dialog" aria-label="keys" tabindex="-1"><table>${KEYS.map(k => `<tr><td>${esc(k[0])}</td><td>${esc(k[2])}</td></tr>`).join('')}</table></div></div>`;
    if (this.over === 'find') return '<div class="over"><div><label>Step, key or line: <input aria-label="step, key or line" autocomplete="off"></label></div></div>';
    return '';
  }
  announce() {
    const s = this.i ? this.steps[this.i - 1] : null;
    let text = 'Before the first step.';
    if (s) {
      text = `Step ${this.i}. Core ${s.core} ${DOES[s.event]} ${keyed(this.halves[0].keyName(s.key))}${this.halves[0].keyName(s.key)}. `;
      if (this.ph === QUESTION) { const q = this.question(this.i); text += q.ask + ' ' + q.options.map((o, k) => 'ABCD'[k] + ': ' + o).join(', '); }
      else text += this.ph === STATES ? this.halves.map(h => (this.multi ? h.P.name + ': ' : '') + h.heard()).join(' ') : PHASES[this.ph];
    }
    if (this.live.textContent !== text) this.live.textContent = text;
  }
  legend() { this.root.querySelector('.legend').innerHTML = this.halves.map(h => (this.multi ? `<b>${bdi(h.P.name, 20)}</b>` : '') + h.legend()).join(''); }
  // ---- two-way
  setLive() { // built once: a button keeps the focus, the box what was typed
    const d = this.halves[0].data, said = this.opts.error ? this.opts.error().slice(0, 120) : '';
    if (this.ops.hidden) {
      this.ops.hidden = false;
      this.ops.innerHTML = '<div class="by">' + [...Array(d.cores).keys()].map(c => `<div role="group" aria-label="core ${c}"><b>${d.cores > 4 ? 'C' : 'Core '}${c}</b>` + ['r', 'w', 'e'].map((op, k) =>
        `<button data-op="${op}" data-core="${c}" aria-label="core ${c} ${DOES[k]}">${d.cores > 3 ? LETTER[k] : DOES[k]}</button>`).join('') + '</div>').join('') + '</div>' +
        '<label>key <input value="x" aria-label="key"></label><button data-op="undo">undo</button><span class="a" role="alert"></span>';
    }
    const alert = this.ops.querySelector('[role=alert]'); if (alert.textContent !== said) alert.textContent = said;
  }
  update(data) { // what was answered stays answered, as far as the accesses are the same
    this.load([data]);
    for (const i of [...this.answers.keys()]) if (i > this.steps.length) this.answers.delete(i);
    this.measure(); this.go(this.steps.length);
  }
}
const latest = (h, t) => { let a = 0, b = h.length - 1; while (a < b) { const m = (a + b + 1) >> 1; if (h[m].n <= t) a = m; else b = m - 1; } return h[a]; };

class Half { // one run of those shown; what it shows follows from the player's state
  constructor(player, el) { this.player = player; this.el = el; }
  get i() { return Math.min(this.player.i, this.steps.length); }
  get ph() { const p = this.player; return p.i > this.i ? STATES : p.multi && p.i && p.ph > 0 && p.ph < STATES && !this.steps[p.i - 1].reqs.length ? 0 : p.ph; }
  get predict() { return this.player.predict; }
  get night() { return this.player.night; }
  get multi() { return this.player.multi; }
  get hiding() { return !!this.player.bug && !this.player.found; }
  load(data) {
    const d = this.data = data, P = this.P = d.protocol;
    const sets = d.sets, moves = []; this.ways = sets[0] || 0; this.slots = new Map();
    this.steps = []; this.hist = d.lines.map(() => []);
    const none = () => ({ n: -1, st: Array(d.cores).fill(P.invalid), ct: Array(d.cores).fill(0), mem: 0, stale: 0, nw: 0 });
    const change = (flat, n) => {
      const touched = new Map();
      for (let j = 0; j < flat.length; j += 4) {
        const [l, at, s, c] = flat.slice(j, j + 4), h = this.hist[l];
        let now = touched.get(l);
        if (!now) {
          const old = h[h.length - 1] || none();
          now = { n, st: old.st.slice(), ct: old.ct.slice(), mem: old.mem, stale: old.stale, nw: old.nw };
          touched.set(l, now); h.push(now);
        }
        if (at === -1) { now.mem = c; now.stale = s; } else if (at === -2) now.nw = c; else { if (sets.length && (now.st[at] === P.invalid) !== (s === P.invalid)) moves.push([l, at, s !== P.invalid]); now.st[at] = s; now.ct[at] = c; }
      }
      for (const kind of [false, true]) for (const [l, at, comes] of moves) if (comes === kind) this.place(l, at, comes, n);
      moves.length = 0;
      return touched;
    };
    change(d.base, 0);
    d.lines.forEach((_, l) => { if (!this.hist[l].length) this.hist[l].push({ ...none(), n: 0 }); });
    const reasons = d.reasons;
    d.steps.forEach((raw, index) => {
      const [shape, key, changes, sup, wr, left, cycle, took, late = [], before = []] = raw, n = index + 1, line = d.keys[key][1];
      const s = d.shapes[shape], answers = [];
      for (let j = 0; j < s[5].length; j += 5) {
        const [turn, core, bits, b, a] = s[5].slice(j, j + 5);
        answers.push({ turn, core, said: P.responses.filter((_, k) => bits >> k & 1), before: b, after: a });
      }
      if (before.length) change(before, n - .5);
      const touched = change(changes, n);
      for (const l of left < 0 ? [line] : [line, left]) if (!touched.has(l)) {
        const h = this.hist[l]; h.push({ ...h[h.length - 1], n });
      }
      this.steps.push({ n, number: d.numbers.length ? d.numbers[index] : n, core: s[0], event: s[1], before: s[2], after: s[3],
        reqs: s[4].map(r => P.requests[r]), answers, sups: s[6], reason: reasons[s[7]], asked: s[8], miss: s[9], victim: s[10],
        key, line, sup: d.texts[sup], wr: d.texts[wr], left, cycle, end: cycle + took, first: late.length ? d.texts[late[0]] : '', late: late.slice(1) });
    });
    const most = texts => texts.reduce((a, t) => Math.max(a, [...t].length), 1);
    this.longest = most(d.keys.map(k => k[0])); this.widest = Math.max(3.8, most(this.steps.map(s => s.wr)) + !!d.numbered); // characters of keys, of values
    this.lineOf = new Map(d.lines.map((name, l) => [name, l]));
    this.words = d.lines.map(() => []); // the keys of a line, as far as they are known
    d.keys.forEach(([, l], k) => this.words[l].push(k));
    const name = k => d.keys[k][0], order = (a, b) => numeric(name(a)) && numeric(name(b)) ? name(a) - name(b) : a - b;
    for (const keys of this.words) keys.sort(order);
    this.many = Math.max(1, ...this.words.map(w => w.length));
    this.kinds = P.requests.filter(r => Object.values(P.cells).some(c => c.split('>')[0].split(/[ ,]+/).includes(r)));
    this.costs = [[...this.kinds.map(() => 0), 0, 0, 0]]; // so far: each kind of request, misses, cycles, memory writes
    for (const s of this.steps) {
      const c = this.costs[s.n - 1].slice(), k = this.kinds.length, bus = s.victim ? [...s.reqs, ...Array(s.victim[1]).fill('BusWB')] : s.reqs;
      for (const r of bus) { const at = this.kinds.indexOf(r); if (at >= 0) c[at]++; if (r === 'BusWB' || r === 'BusWr') c[k + 2]++; }
      c[k] += !!s.miss; c[k + 1] = Math.max(c[k + 1], s.end); c[k + 2] += s.answers.filter(a => a.said.includes('Flush')).length;
      this.costs.push(c);
    }
  }
  place(line, core, comes, n) { // a line takes the first free way of its set, or leaves its way
    const set = this.data.sets[line + 1], at = `${core},${set}`, h = this.slots.get(at) || this.slots.set(at, [{ n: -1, held: Array(this.ways).fill(-1) }]).get(at);
    const held = h[h.length - 1].held.slice(), k = held.indexOf(comes ? -1 : line);
    if (k >= 0) held[k] = comes ? line : -1;
    h.push({ n, held });
  }
  at(line, t) { return latest(this.hist[line], t); }
  value(content, key) { // what a content says of a key: its text, and who wrote it
    for (const c = this.data.contents; content && c[content].length; content = c[content][0])
      if (c[content][1] === key) { const text = this.data.texts[c[content][2]]; return { text: this.data.numbered ? 'w' + text : text || '“”', by: c[content][3] }; }
    return { text: 'init', by: -1 };
  }
  said(v) { // a value in a sentence
    return !v ? v : this.data.numbered ? 'write ' + v : numeric(v) ? 'value ' + v : v;
  }
  keyName(k) { return this.data.keys[k][0]; }
  wordsOf(line) { return this.words[line]; }
  lineName(l, n) { const x = this.data.lines[l]; return lined(x) + bdi(x, n && Math.max(3, n - lined(x).length)); }
  fired(s) {
    const found = [[s.before, s.after, 0, EVENTS[s.event], s.core, s.line]];
    for (const a of s.answers) found.push([a.before, a.after, 1, s.reqs[a.turn], a.core, s.line]);
    if (s.victim) found.push([s.victim[0], this.P.invalid, 0, 'Evict', s.core, s.left]);
    return found;
  }
  ends(s) { const m = new Map(); for (const a of s.answers) m.set(a.core, a.after); return m; }
  get supplier() { const s = this.steps[this.i - 1]; return s && s.sups.length ? s.sups[s.sups.length - 1] : null; }
  question(i) {
    const s = this.steps[i - 1], d = this.data, P = this.P, names = P.states.map(x => x[0]), found = [];
    const four = (right, all) => { const o = all.filter(x => x !== right); while (o.length > 3) o.splice((i * 5 + o.length) % o.length, 1);
      return all.filter(x => x === right || o.includes(x)); };
    const add = (ask, right, all, rule) => { const o = four(right, [...new Set(all)]); if (o.length > 1) found.push({ ask, right, options: o, rule }); };
    const own = `${names[s.before]} on ${EVENTS[s.event]}`, rule = `${own}: ${P.cells[own]}`;
    const x = this.keyName(s.key), ends = this.ends(s);
    if (s.event < 2) {
      add(`Which state is core ${s.core}’s copy in afterwards?`, names[s.after], names, rule);
      const words = names.flatMap(n => EVENTS.slice(0, 2).map(e => P.cells[`${n} on ${e}`] || '')).filter(c => c && c !== 'never')
        .map(c => c.includes('>') ? c.split('>')[0].replace(/ if shared/g, '').trim() : 'nothing');
      add(`What does core ${s.core} put on the bus?`, s.reqs.join(', ') || 'nothing', [...words, 'nothing', s.reqs.join(', ') || 'nothing'], rule);
      const who = v => v === 'memory' ? 'memory' : `core ${v}`, sup = s.sups.length ? who(s.sups[s.sups.length - 1]) : 'nobody';
      const cell = s.sups.length && sup !== 'memory' && s.answers.find(a => a.core === s.sups[s.sups.length - 1] && a.said.length);
      const say = cell ? `${names[cell.before]} on ${s.reqs[cell.turn]}` : '';
      add('Who supplies the line?', sup, ['memory', 'nobody', sup, ...[...Array(d.cores).keys()].filter(c => c !== s.core).map(c => `core ${c}`)],
        say ? `${say}: ${P.cells[say]}` : s.sups.length ? 'no other copy says Flush or Supply, so memory does' : `${rule}, which moves no line`);
      const lost = [...ends.values()].filter(a => a === P.invalid).length;
      const one = s.answers.find(a => a.after === P.invalid) || s.answers[0], at = one ? `${names[one.before]} on ${s.reqs[one.turn]}` : '';
      if (d.cores > 1) add('How many other copies are lost?', String(lost), [...Array(Math.min(d.cores, 4)).keys()].map(String).concat(String(lost)).sort((a, b) => a - b),
        at ? `${at}: ${P.cells[at]}` : s.reqs.length ? 'no other cache holds a copy' : `${rule}, which asks nobody`);
    }
    const memory = this.at(s.line, i).stale ? 'yes' : 'no';
    const flush = s.answers.find(a => a.said.includes('Flush')), because = flush ? `${names[flush.before]} on ${s.reqs[flush.turn]}: ${P.cells[`${names[flush.before]} on ${s.reqs[flush.turn]}`]}` : rule;
    add('Is memory stale afterwards?', memory, ['yes', 'no'], memory === 'yes' ? `memory has not seen the newest value; ${because}` : `memory holds the newest value; ${because}`);
    return found[(i * 7 + 3) % found.length];
  }
  measure(w, h, root) { // of what is left for it, in pixels; root: the u of the page
    const d = this.data, multi = this.multi, { narrow } = this.player.g, beside = multi && !narrow, stacked = multi && narrow, n = d.cores;
    const u = stacked ? Math.min(w / 80, h / 86) : Math.min(root, w / 80), W = w / u - 2, H = h / u;
    const per = narrow ? n === 4 ? 4 : Math.min(n, 3) : Math.min(n, beside ? 4 : 8), lanes = per + 1, lane = per > 4 || multi ? 2.85 : 3.3;
    const say = stacked ? 3.6 : narrow ? 3.8 : beside ? Math.min(4.15, W * .0493) : Math.max(2.9, Math.min(4.15, W * .0236)), lines = narrow || beside ? Math.ceil(150 * say * .54 / W) : 2;
    const two = multi ? +!this.player.g.whole : narrow && H > 105 ? 3 : (this.predict || d.stopped) && !this.player.g.whole ? 2 : 1; // lines under the sentence
    const why = lines * say * 1.22 + 3.4 * two + .5, time = lanes * lane + 1, hhead = multi ? 5 : 0;
    const dia = stacked ? 4.4 : narrow ? (H < 110 ? 9 : Math.min(34, H * .17)) : beside ? Math.min(29, W * .33) : Math.max(30, Math.min(52, W * (per > 4 ? .25 : .3)));
    const tallyW = beside ? dia - 1.2 : W, tally = Math.max(...this.player.halves.map(x => x.tallyRows(tallyW))) * 3.1 + .3;
    const mw = narrow ? W : W - dia - 1.4, mainH = H - hhead - (beside ? 0 : tally) - why - time - .8, machine = narrow ? mainH - dia : mainH;
    const cards = machine - 25.2, cw = (mw - (per - 1) * 1.2) / per, all = this.player.halves, pair = all.some(x => x.P.states.some(y => [...y[0]].length === 2)); // side by side all have one layout
    const least = stacked ? 2.7 : pair && (mw + 1.2) / per < 13.7 ? 2.7 : 4.15; // a letter under 4.1 % only where eight cards are too narrow
    const ways = this.ways && cards > 15 ? 3.7 : 0, rows = cards - 5.2 - ways, single = this.many === 1;
    const most = Math.max(4.7, Math.min(11, mw / per * .3)), beneath = cw - Math.max(most, pair ? least * 1.6 : 0) - 3.1;
    const stack = beneath < Math.min(5, Math.max(...all.map(x => x.widest))) * VALUE * DIGIT, under = stack ? VALUE + .7 : .8; // a value stands under its tile where five digits do not fit beside it
    const fit = Math.max(1, Math.floor(rows / (single ? 4.7 + under : 13))), boxes = Math.max(1, Math.floor((mw - 13) / (single ? 17 : 40)));
    const L = Math.min(Math.max(...all.map(x => x.data.lines.length)), fit, boxes), rh = rows / L, across = cw >= 24;
    const tall = across ? rh >= 13 : rh >= 16.5; // room for more than a tile and a value in one row
    const big = !tall ? Math.min(most, rh - under) : across ? single ? Math.min(rh - 1.4, cw - 16.5, 22) : Math.min(rh - 7.6, cw * .34, 14) : single ? Math.min(rh - 12.6, cw - 3, 16) : Math.min(rh * .28, cw - 3, 10);
    const tile = Math.max(4.7, big), tw = pair ? Math.max(tile, least * 1.6) : tile, vf = stack || tall ? VALUE : Math.max(VALUE, tile * .55);
    const own = across ? Math.max(tw, single ? 0 : 9.5) : cw - 2;
    const chars = Math.floor(lines * (W / (say * .535) - 7));
    this.g = { u, W, H, narrow, beside, stacked, tw, vc: vf * DIGIT, per, lane, chars, why, time, dia, mw, mainH, L, cw, stack, two, tall, across, ways, rh, tally, tallyW, hhead, least,
      caps: beside ? 8 : 12.4, ww: across ? cw - own - 3.2 : cw - 2, wh: across ? rh - 1 : rh - tile - 1.8, cols: Math.max(3, Math.floor((W - 11) / 7)) };
    this.el.classList.toggle('stack', stack && !tall); this.el.classList.toggle('down', tall && !across); this.el.classList.toggle('tight', mw < 80);
    for (const [k, v] of Object.entries({ '--u': u + 'px', '--W': W + 2, '--across': beside ? all.length : 1, '--say': say, '--two': multi ? 2 : two, '--tile': `calc(var(--u)*${tile.toFixed(3)})`, '--tw': `calc(var(--u)*${tw.toFixed(3)})`, '--least': least,
      '--n': per, '--in': mw / per > 25 ? 3 : 1.2, '--under': under, '--rh': rh.toFixed(3), '--own': own.toFixed(2), '--vf': `calc(var(--u)*${vf.toFixed(2)})`, '--hh': h + 'px' })) this.el.style.setProperty(k, v);
  }
  tile(state, cls = '', tag = 'span') {
    const [fill, ink, edge, dash, mark] = this.P.tiles[+this.night][state], name = this.P.states[state][0], n = Math.min([...name].length, 4);
    return `<${tag} class="tile${dash ? ' dash' : ''}${mark ? ' mark' : ''}${cls}" data-state="${state}" style="background:${fill === 'none' ? 'transparent' : fill};color:${ink};border-color:${edge};` +
      `font-size:${n < 3 ? `max(calc(var(--tile)*${n < 2 ? .7 : .56}),calc(var(--u)*var(--least)))` : `calc(var(--tile)*${n < 4 ? .42 : .33})`}">${bdi(name, 4)}</${tag}>`;
  }
  shown() { // what is shown of the current step
    const s = this.i ? this.steps[this.i - 1] : null;
    return { s, ph: this.ph, t: this.ph === STATES ? this.i : this.i - .5, done: this.ph === STATES && !!s };
  }
  picture() {
    const { narrow, beside } = this.g, tally = this.tally();
    return (this.multi ? this.title() : '') + `<div class="main${narrow ? ' under' : ''}">${this.machine()}${this.diagram(beside ? tally : '')}</div>` + (beside ? '' : tally) + this.why() + this.timeline();
  }
  page(line) { const a = Math.floor(line / this.g.L) * this.g.L; return [...Array(this.g.L).keys()].map(k => a + k).filter(l => l < this.data.lines.length); }
  coresShown(core) { const a = Math.floor(core / this.g.per) * this.g.per; return [...Array(this.g.per).keys()].map(k => a + k).filter(c => c < this.data.cores); }
  focusKey(line) { const { s } = this.shown(); return s && s.line === line ? s.key : this.words[line].length ? this.words[line][0] : -1; }
  wins(s) { return `core ${s.core} wins the bus (${esc(s.first)})`; }
  get stops() { return this.data.stopped && this.player.i >= this.steps.length && this.i > 0; }
  waiters(s) {
    return s ? s.late.map(off => { const n = s.number + off, a = this.data.absent[n]; if (a) return { core: a[0], event: a[1], key: a[2] };
      return this.data.numbers.length ? this.steps[this.data.numbers.indexOf(n)] : this.steps[n - 1]; }).filter(Boolean) : [];
  }
  // ---- what it cost so far, and what is otherwise in the other half
  counts(c) { return [...this.kinds.map((k, j) => [k, c[j]]), ...['misses', 'cycles', 'memory writes'].map((k, j) => [k, c[this.kinds.length + j]])]; }
  tallyRows(room) {
    let rows = 1, x = 0;
    for (const [k, v] of [...(this.multi ? [] : [['so far:', '']]), ...this.counts(this.costs[this.steps.length])]) { const w = (k.length + 1 + v.toLocaleString('en').length) * 1.46 + 1.2; if (x + w > room && x) { rows++; x = 0; } x += w; }
    return rows;
  }
  tally() {
    const { ph } = this.shown(), at = half => half.costs[half.i - (half.i && half.shown().ph !== STATES)], now = this.counts(at(this));
    const other = this.multi && this.player.halves.filter(h => h !== this).map(h => new Map(h.counts(at(h))));
    return `<div class="tally" style="${this.g.beside ? '' : `height:calc(var(--u)*${this.g.tally})`}">${this.multi ? '' : '<span>so far:</span>'}` + now.map(([k, v]) =>
      `<span${other && other.some(o => (o.get(k) || 0) !== v) ? ' class="ne"' : ''} data-count="${k}">${k}&nbsp;<b>${v.toLocaleString('en')}</b></span>`).join('') + '</div>';
  }
  others() { return this.multi ? this.player.halves.filter(h => h !== this) : []; }
  state(line, core) { const l = this.lineOf.get(line), { t } = this.shown(), st = l === undefined ? this.P.invalid : this.at(l, t).st[core]; return st === this.P.invalid ? '' : this.P.states[st][0]; }
  stale(line) { const l = this.lineOf.get(line); return l === undefined ? 0 : this.at(l, this.shown().t).stale; }
  onBus() { const { s, ph } = this.shown(); return s && ph >= 0 ? s.reqs.join() + (ph >= 2 ? '|' + s.sups.join() + '|' + (s.victim ? s.victim[1] : '') : '') : ''; }
  unlike(what) { return this.others().some(h => what(h) !== what(this)); }
  title() { // the name of the table, and what is otherwise on the other side
    const { s } = this.shown(), names = s ? this.page(s.line).map(l => this.data.lines[l]) : [], found = [];
    if (s && !this.hiding) {
      const cores = [...Array(this.data.cores).keys()].filter(c => names.some(line => this.unlike(h => h.state(line, c))));
      if (cores.length) found.push(some(cores));
      if (names.some(line => this.unlike(h => h.stale(line)))) found.push('memory');
      if (this.unlike(h => h.onBus())) found.push('bus');
    }
    return `<div class="title"><span class="badge">${bdi(this.P.name, 12)}</span><span class="${found.length ? 'ne' : 'by'}">${!s ? '' : found.length ? '≠ ' + found.join(', ') : '= alike'}</span></div>`;
  }
  // ---- the words of a line
  word(content, newest, k, by) {
    const v = this.value(content, k), old = v.text !== this.value(newest, k).text;
    return { v, old, name: this.keyName(k), by: by && v.by >= 0 ? `C${v.by}` : '' };
  }
  wordList(line, content, newest, ww, wh) { // as large as all of them fit, else those around the one accessed
    const keys = this.words[line], focus = Math.max(0, keys.indexOf(this.focusKey(line))), all = keys.map(k => this.word(content, newest, k, true));
    const len = w => Math.min(6, [...w.name].length) + 2 + Math.min(6, [...w.v.text].length), most = (a, f) => a.reduce((m, w) => Math.max(m, f(w)), 0);
    const wide = most(all, len), size = (f, by) => { const cols = Math.floor((ww + .6) / ((wide + (by ? 3.4 : 0)) * f * .57 + 1.1)); return [cols, cols * Math.floor(wh / (f * (wh < 6 ? 1 : 1.2)))]; };
    let f = wh < 6 ? 3.2 : VALUE, by = true; while (f > 2.7 && size(f, true)[1] < all.length) f -= .1;
    f = Math.max(2.7, f); if (size(f, true)[1] < all.length && size(f, false)[1] >= Math.min(all.length, 2)) by = false; // who wrote them gives way to what they are
    let [cols, cap] = size(f, by); cols = Math.max(1, cols); cap = Math.max(1, cap);
    const hidden = all.length > cap, n = hidden ? Math.max(1, cap - 1) : all.length, from = hidden ? Math.max(0, Math.min(focus - Math.floor(n / 2), all.length - n)) : 0;
    const cells = all.slice(from, from + n).map((w, k) => `<span class="w${w.old ? ' old' : ''}${from + k === focus && this.shown().s && this.shown().s.line === line ? ' at' : ''}" data-key="${esc(w.name)}"${w.old ? ' title="stale"' : ''}>` +
      `<i>${bdi(w.name, 6)}:</i> <b>${bdi(w.v.text, 6)}</b>${by ? ` <i>${w.by}</i>` : ''}</span>`);
    if (hidden && cap > 1) cells.push(`<span class="w"><i>+${all.length - n} more</i></span>`);
    return `<div class="words" style="font-size:calc(var(--u)*${f.toFixed(2)});grid-template-columns:repeat(${Math.ceil(cells.length / Math.ceil(cells.length / cols))},auto)">${cells.join('')}</div>`;
  }
  waysOf(core, line) { // the set of the line in a core's cache: what lies in each way, free ones empty
    const { s, ph, t } = this.shown(), g = this.g, set = this.data.sets[line + 1], h = this.slots.get(`${core},${set}`);
    const held = h ? latest(h, t).held : Array(this.ways).fill(-1), name = `set ${set}`, used = held.filter(l => l >= 0).length;
    const room = g.cw - 2 - 9, each = Math.min(9, room / this.ways);
    const goes = l => s && l === s.left && core === s.core && ph >= 2 && ph < STATES;
    if (each < 4.3) return `<div class="ways">${room > 20 ? name + ': ' : ''}${used}${g.cw < 22 ? '/' : ' of '}${this.ways} ways</div>`;
    const gone = s && s.left >= 0 && core === s.core && ph === STATES && g.cw - 11 - each * this.ways > 3 + 1.6 * (lined(this.data.lines[s.left]).length + Math.min(4, [...this.data.lines[s.left]].length)) ? `<b class="a">✕ ${lined(this.data.lines[s.left])}${bdi(this.data.lines[s.left], 4)}</b>` : '';
    return `<div class="ways"><i>${name}</i>` + held.map(l => `<span class="way${l < 0 ? ' free' : ''}${goes(l) ? ' out' : ''}${l === line ? ' cur' : ''}" style="width:calc(var(--u)*${(each - .5).toFixed(2)})" title="${l < 0 ? 'free way' : 'line ' + esc(this.data.lines[l])}">` +
      `${l < 0 ? '' : goes(l) ? '✕' : bdi(this.data.lines[l], Math.max(1, Math.floor((each - 1.6) / 1.75)) < 3 ? 3 : Math.floor((each - 1.6) / 1.75))}</span>`).join('') + gone + '</div>';
  }
  machine() {
    const { s, ph, t, done } = this.shown(), g = this.g, d = this.data, cur = s ? s.line : 0;
    const lines = this.page(cur), cores = this.coresShown(s ? s.core : 0), big = g.cw > 24, waits = new Map(this.waiters(s).map(w => [w.core, w]));
    const ends = s ? this.ends(s) : new Map(), sup = s && s.sups.length ? s.sups[s.sups.length - 1] : null, bus = !!(s && s.reqs.length);
    const answered = new Map(); if (s) s.answers.forEach(a => answered.set(a.core, [...(answered.get(a.core) || []), a]));
    let cards = '', stems = '';
    for (const c of cores) {
      const own = s && c === s.core, gives = ph >= 2 && sup === c, w = waits.get(c);
      const extra = w ? `<i class="waits">${g.cw < 14 ? '●' : 'waits'}${g.cw > 37 ? ': ' + DOES[w.event] + ' ' + bdi(this.keyName(w.key), 4) : ''}</i>` :
        own && big ? `<i>${DOES[s.event]}</i>` : '';
      const rows = lines.map(l => this.row(c, l, own || answered.has(c))).join('');
      cards += `<div class="card${own ? ' asks' : ''}${gives ? ' gives' : ''}" data-core="${c}"${gives ? ' data-supplier="1"' : ''}><div class="name"><b>${big ? 'Core ' : 'C'}${c}</b>${extra}</div>${rows}${g.ways ? this.waysOf(c, cur) : ''}</div>`;
      let marks = '', cls = '';
      const parts = [], say = (n, txt, long, k) => parts.push([n, txt, long, k]);
      if (own && bus && ph >= 0) {
        cls = ' asks'; say(1, '↓', 'asks', '');
        if (ph >= 2 && sup === c) { cls += ' gives'; say(3, '', 'own copy', 'd'); } else if (ph >= 2 && s.sups.length) say('', '↑', 'data', 'd');
        if (ph >= 2 && s.reqs.some(r => r !== s.reqs[0] || !s.sups.length) && s.wr && !/Upgr/.test(s.reqs.join())) say(s.sups.length ? '' : 3, '↓', 'word', 'd');
        if (ph >= 2 && s.event === 2) say(3, '↓', 'writes back', 'd');
      } else if (bus && ph >= 1 && answered.has(c)) {
        cls = ' snoop'; const as = answered.get(c), lost = ends.get(c) === this.P.invalid;
        say(2, lost ? '✕' : s.asked ? '↓' : '', lost ? 'drops it' : s.asked ? 'shared' : 'keeps it', 'a');
        if (ph >= 2) { if (sup === c) { cls += ' gives'; say(3, '↓', 'supplies', 'd'); } else if (as.some(a => a.said.includes('Flush'))) say(3, '↓', 'flushes', 'd');
          if (as.some(a => a.said.includes('Update'))) say(sup === c ? '' : 3, '↑', 'word', 'd'); }
      } else if (bus && ph >= 1 && !own && big) marks = 'snoops';
      // words as far as they fit: all, the last mark's only, none; then no arrow beside a number
      const show = level => parts.map(([n, txt, long, k], j) => [n, level > 3 || (level > 2 && n && txt !== '✕') ? '' : txt, level > 1 || (level && j < parts.length - 1) ? '' : long, k]);
      const size = ps => ps.reduce((a, [n, txt, long]) => a + (n ? 3.4 : 0) + (txt ? 2.6 : 0) + (long ? long.length * 1.55 + .5 : 0), 0);
      let level = big ? 0 : 2; while (level < 4 && size(show(level)) > g.cw - (big ? 5.2 : 3.2)) level++;
      marks += show(level).map(([n, txt, long, k]) => (n ? `<span class="n">${n}</span>` : '') + (txt || long ? `<span class="${k}">${txt} ${long}</span>` : '')).join('');
      stems += `<div class="stem${cls}">${marks}</div>`;
    }
    const shared = g.mw < 75 ? 'shared' : 'shared line';
    let busText = '<span>bus idle</span>', cls = ' idle', wire = `<span>${shared}: not asked</span>`, yes = '';
    if (s && ph >= 0) {
      if (bus) {
        const back = s.victim && s.victim[1] && ph >= 2, asks = s.reqs.join(', '), word = /BusUpd|BusWr/.test(asks) && !s.sups.length, chip = g.mw < 80 ? 1.52 : 1.75;
        const data = ph >= 2 && sup !== null ? `data from ${sup === 'memory' ? 'memory' : 'core ' + sup}` : '', left = back ? lined(d.lines[s.left]) + cut(d.lines[s.left], 4) : '';
        const room = g.mw - 5 - asks.length * 2.35 - (data ? data.length * chip + 3.4 : 0) - (back ? 7 * chip + 3.4 : 0), kn = word ? keyed(this.keyName(s.key)) : lined(d.lines[s.line]);
        const named = room > kn.length * 2.2 + [...(word ? this.keyName(s.key) : d.lines[s.line])].slice(0, 3).length * 2.4; let spare = room - (named ? kn.length * 2.35 : 0);
        const target = word ? this.keyName(s.key) : d.lines[s.line], shown = cut(target, Math.max(3, Math.min(14, Math.floor(spare / 2.5)))); spare -= [...shown].length * 2.35;
        cls = ''; busText = `<span class="e">${esc(asks)}</span>` + (named && (room > 10.5 || room > [...target].length * 2.5 + 2) ? `<span>${named ? kn : ''}${bdi(shown)}</span>` : '');
        if (data) busText += `<span class="d">${data}</span>`;
        if (back) busText += `<span class="d back">+ BusWB${spare > left.length * chip + 1 ? ' ' + lined(d.lines[s.left]) + bdi(d.lines[s.left], 4) : ''}</span>`;
        if (ph >= 1 && s.asked) {
          const pulled = [...ends].filter(([, a]) => a !== this.P.invalid).map(([c]) => c).sort((a, b) => a - b);
          wire = pulled.length ? `<span>${shared}: YES, ${shared === 'shared' ? '' : 'pulled '}by ${some(pulled)}</span>` : `<span>${shared}: no</span>`; yes = pulled.length ? ' yes' : '';
        }
      } else busText = '<span>no bus needed</span>';
    }
    if (this.unlike(h => h.onBus()) && !this.hiding) cls += ' ne';
    const which = d.cores > cores.length ? `C${cores[0]}${cores.length > 1 ? '–' + cores[cores.length - 1] : ''} of ${d.cores}` : '';
    const mem = lines.map(l => {
      const now = this.at(l, t), here = s && l === s.line, k = this.focusKey(l), v = this.value(now.mem, k), bw = (g.mw - 13) / lines.length - 1, many = this.words[l].length > 1;
      let stem = '<div class="stem" style="border-color:transparent"></div>';
      const wrote = s && (s.answers.some(a => a.said.includes('Flush')) || s.reqs.includes('BusWr') || s.reqs.includes('BusWB'));
      if (here && bus && ph >= 2 && (sup === 'memory' || wrote)) {
        const words = (sup === 'memory' ? `<span class="d">↑ ${bw > 22 ? 'supplies' : ''}</span>` : '') + (wrote ? `<span>↓ ${bw > (sup === 'memory' ? 34 : 20) ? 'updated' : ''}</span>` : '');
        stem = `<div class="stem ${sup === 'memory' ? 'gives' : 'asks'}"><span class="n">3</span>${words}</div>`;
      } else if (s && l === s.left && ph >= 2 && s.victim && s.victim[1]) stem = '<div class="stem asks"><span class="n">3</span>↓ ' + (bw > 28 ? 'written back' : '') + '</div>';
      const stale = now.stale && !(many && bw < 60) ? '<u>stale</u>' : '', vs = v.by < 0 ? v.text : cut(v.text, Math.max(3, Math.floor((bw - 6 - (stale ? 8 : 0)) / 2.5)));
      const left = bw - 4 - [...vs].length * 2.5 - (stale ? 8.5 : 0), by = !many && v.by >= 0 && left > 17 + this.data.lines[l].length * 1.7 ? `<i class="by">by core ${v.by}</i>` : '';
      const name = this.lineName(l, Math.max(3, Math.floor((many ? 12 : left - (by ? 14 : 0)) / 1.8)));
      return `<div data-line="${l}">${stem}<div class="box${here ? ' cur' : ''}${now.stale ? ' stale' : ''}${this.unlike(h => h.stale(d.lines[l])) ? ' ne' : ''}"${here && ph >= 2 && sup === 'memory' ? ' data-supplier="1"' : ''}>` +
        `<span class="key${many ? ' of' : ''}">${name}</span>${many ? this.wordList(l, now.mem, now.nw, bw - 13 - (stale ? 9 : 0), 5.45) : `<span class="val">${bdi(vs)}</span>${by}`}${stale}</div></div>`;
    }).join('');
    return `<div class="machine"><div class="cols cards">${cards}</div><div class="cols stems">${stems}</div>` +
      `<div class="bus${cls}">${busText}</div><div class="wire${yes}">${wire}</div><div class="memory"><b><i>${which}</i>Memory</b>${mem}</div></div>`;
  }
  row(c, l, part) { // a line in a core's cache
    const { s, t, done } = this.shown(), g = this.g, now = this.at(l, t), old = this.at(l, this.i - .5), k = this.focusKey(l), v = this.value(now.ct[c], k), state = now.st[c];
    const was = done && old.st[c] !== state && (l === s.line || l === s.left) ? this.P.states[old.st[c]][0] : '', here = s && l === s.line, has = state !== this.P.invalid, many = this.words[l].length > 1;
    const tile = this.tile(state, (done && here && part ? ' new' : '') + (!this.hiding && this.unlike(h => h.state(this.data.lines[l], c)) ? ' ne' : ''));
    const open = `<div class="row${here ? ' cur' : ''}${g.tall ? ' tall' : ''}" data-line="${l}">`;
    if (g.tall) {
      const wide = n => Math.max(3, Math.floor(n / 1.62)), room = g.across ? (many ? Math.max(g.tw, 9.5) : g.ww) : g.cw - 2;
      const name = `<span class="lab">${this.lineName(l, wide(room))}</span>`, before = `<span class="was">${was ? 'was ' + bdi(was, 3) : ''}</span>`;
      if (many) return open + `<div class="own${g.across ? '' : ' flat'}">${tile}${name}${g.across ? before : ''}</div>${has ? this.wordList(l, now.ct[c], now.nw, g.ww, g.wh) : ''}</div>`;
      const fits = text => [...text].length * g.vc <= g.ww, long = this.data.numbered && v.by >= 0 && fits('write ' + v.text.slice(1)) ? 'write ' + v.text.slice(1) : v.text;
      const value = has ? `<span class="val">${bdi(long, fits(long) ? 0 : Math.floor(g.ww / g.vc - .8))}</span><span class="by">${v.by < 0 ? '' : g.ww > 14.5 ? 'by core ' + v.by : 'by C' + v.by}</span>` : '';
      return open + `<div class="own">${tile}</div><div class="text">${name}${value}${g.across ? before : ''}</div></div>`;
    }
    const all = g.cw - (g.stack ? 2.4 : g.tw + 3.1), fits = room => Math.floor(room / g.vc), big = g.cw > 24;
    const pair = many ? `${cut(this.keyName(k), 4)}: ${v.text}` : '', text = many && [...pair].length <= fits(all - .7) ? pair : v.text;
    const shownV = [...text].length > fits(all - .7) && !(v.by < 0 && all > 7.6) ? cut(text, fits(all - (big ? 6 : 0))) : text, n = [...shownV].length; // a value that must be cut leaves room for the key
    const left = g.stack ? 0 : all - .7 - n * g.vc, by = has && v.by >= 0 && left > 9 + (was ? 9 : 0) ? 4.4 : 0;
    const lab = left > 4 ? this.lineName(l, Math.max(3, Math.floor((left - by - (was ? 9 : 0)) / 1.9))) : '';
    return open + `${tile}${lab ? `<span class="lab">${lab}${was && left > 13 ? ` <span>was ${bdi(was, 3)}</span>` : ''}</span>` : ''}` + (has ? `<span class="val">${bdi(shownV)}</span>${by ? `<span class="by">C${v.by}</span>` : ''}` : '') + '</div>';
  }
  diagram(tally) {
    const { s, done } = this.shown(), g = this.g, d = this.data, P = this.P, T = P.tiles[+this.night];
    const w = g.narrow ? 40 : g.dia, h = g.narrow ? g.dia - 1 : g.mainH - g.caps - (g.beside ? g.tally : 0), wide = Math.max(3.8, Math.min(5.6, w / 8, h / 8));
    const lit = done && !this.hiding ? this.fired(s) : [], xs = P.at.map(p => p[0]), ys = P.at.map(p => p[1]);
    const x0 = Math.min(...xs), x1 = Math.max(...xs), y0 = Math.min(...ys), y1 = Math.max(...ys), pad = wide + (g.beside ? 2.4 : 3.6);
    const sy = Math.min((h - 2 * pad) / (y1 - y0 || 1), 30), sx = Math.min((w - 2 * pad) / (x1 - x0 || 1), 30, sy * 2), cx = w / 2, cy = h / 2;
    const at = P.at.map(p => [cx + (p[0] - (x0 + x1) / 2) * sx, cy - (p[1] - (y0 + y1) / 2) * sy]);
    const apart = Math.min(...at.flatMap((p, a) => at.slice(0, a).map(q => Math.hypot(p[0] - q[0], p[1] - q[1])))), r = Math.max(2.6, Math.min(wide, apart * .38)), tiny = h < (g.beside ? 14 : 20) || apart < 2 * r; // no room: the captions only
    const edges = P.edges.map(e => e.slice()), has = (a, b, k) => edges.find(e => e[0] === a && e[1] === b && e[2] === k);
    for (const [a, b, k] of lit) if (!has(a, b, k)) edges.push([a, b, k, '']);
    const dirs = new Set(edges.map(e => e[0] + '>' + e[1]));
    let svg = '';
    const draw = ([a, b, k, e]) => {
      const on = lit.some(f => f[0] === a && f[1] === b && f[2] === k);
      if (a === b && !on) return;
      const col = on ? k ? 'var(--accent)' : 'var(--ink)' : 'var(--line)', sw = on ? .8 : .25, head = on ? 2.2 : 1.2, dash = k ? ` stroke-dasharray="${on ? '1.6 .8' : '.8 .5'}"` : '';
      const [p, q] = [at[a], at[b]];
      let path, tip, ang;
      if (a === b) {
        const out = Math.atan2(p[1] - cy, p[0] - cx) + (k ? .35 : -.35), o = [p[0] + Math.cos(out) * (r + 1.4), p[1] + Math.sin(out) * (r + 1.4)], R = 1.9;
        const s1 = [p[0] + Math.cos(out - .38) * r, p[1] + Math.sin(out - .38) * r], s2 = [p[0] + Math.cos(out + .38) * (r + 1), p[1] + Math.sin(out + .38) * (r + 1)];
        path = `M${s1[0].toFixed(2)} ${s1[1].toFixed(2)}A${R} ${R} 0 1 1 ${s2[0].toFixed(2)} ${s2[1].toFixed(2)}`;
        tip = [p[0] + Math.cos(out + .38) * r, p[1] + Math.sin(out + .38) * r]; ang = out + .38 + Math.PI;
      } else {
        const th = Math.atan2(q[1] - p[1], q[0] - p[0]), both = dirs.has(b + '>' + a), two = has(a, b, 1 - k);
        const off = (both ? .9 : 0) + (two && k ? 1.5 : 0), ox = -Math.sin(th) * off, oy = Math.cos(th) * off, cut = Math.sqrt(r * r - off * off);
        tip = [q[0] + ox - Math.cos(th) * (cut + .2), q[1] + oy - Math.sin(th) * (cut + .2)]; ang = th;
        path = `M${(p[0] + ox + Math.cos(th) * cut).toFixed(2)} ${(p[1] + oy + Math.sin(th) * cut).toFixed(2)}L${(tip[0] - Math.cos(th) * head * .8).toFixed(2)} ${(tip[1] - Math.sin(th) * head * .8).toFixed(2)}`;
      }
      const pt = (d, a) => `${(tip[0] - Math.cos(ang + a) * d).toFixed(2)},${(tip[1] - Math.sin(ang + a) * d).toFixed(2)}`;
      svg += `<g data-edge="${a},${b},${k}"${on ? ' data-lit="1"' : ''}><title>${esc(`${P.states[a][0]} → ${P.states[b][0]}${e ? ' on ' + e : ''}`)}</title><path d="${path}" fill="none" stroke="${col}" stroke-width="${sw}"${dash}/>` +
        `<polygon points="${tip[0].toFixed(2)},${tip[1].toFixed(2)} ${pt(head, .38)} ${pt(head, -.38)}" fill="${col}"/></g>`;
    };
    const isLit = e => lit.some(f => f[0] === e[0] && f[1] === e[1] && f[2] === e[2]);
    edges.filter(e => !isLit(e)).forEach(draw); edges.filter(isLit).forEach(draw);
    P.states.forEach(([name], k) => {
      const [fill, ink, edge, dash, mark] = T[k], c = [...name].length, z = c < 3 ? Math.max(r * (c < 2 ? 1.1 : .9), g.narrow ? 2.7 : Math.max(4.15, g.least)) : r * (c < 4 ? .7 : .55);
      svg += `<g data-node="${k}"><circle cx="${at[k][0].toFixed(2)}" cy="${at[k][1].toFixed(2)}" r="${r}" fill="${fill === 'none' ? 'var(--paper)' : fill}" stroke="${edge}" stroke-width=".35"${dash ? ' stroke-dasharray="1 .6"' : ''}/>` +
        (mark ? `<path d="M${(at[k][0] + r * .3).toFixed(2)} ${(at[k][1] - r * .68).toFixed(2)}h${(r * .38).toFixed(2)}v${(r * .38).toFixed(2)}z" fill="${ink}"/>` : '') +
        `<text x="${at[k][0].toFixed(2)}" y="${(at[k][1] + z * .36).toFixed(2)}" font-size="${z.toFixed(2)}" text-anchor="middle" fill="${ink}">${esc(cut(name, 5))}</text></g>`;
    });
    const caps = new Map();
    for (const [a, b, k, ev, core, line] of lit) { const key = [a, b, k, ev, line].join(); (caps.get(key) || caps.set(key, []).get(key)).push(core); }
    let lines = [...caps].sort((a, b) => b[0].split(',')[2] - a[0].split(',')[2]).map(([key, cores]) => { const [a, b, k, ev, line] = key.split(','), at = s.victim ? lined(d.lines[line]) + bdi(d.lines[line], 5) + ' · ' : '', extra = s.victim ? (lined(d.lines[line]) + cut(d.lines[line], 5)).length + 3 : 0;
      const who = [...new Set(cores)], names = [P.states[a][0], P.states[b][0]], arrow = names.map(n => bdi(n, g.dia < 30 && !g.narrow ? 3 : 4)).join(' → ');
      const fits = text => extra + text.length + names.join('').length + ev.length + 9 < (g.dia - 2) / 1.62;
      const brief = who.length > (g.dia < 30 && !g.narrow ? 2 : 3) ? who.length + ' cores' : who.map(c => 'C' + c).join(' ');
      const by = !g.narrow && fits(some(who)) ? some(who) : brief, on = !g.narrow && fits(by) ? ' on ' + ev : '';
      return `<span class="${+k ? 'a' : ''}">${at}${by}: ${arrow}${on}</span>`; });
    const most = g.stacked ? 3 : g.beside ? 2 : tiny ? 4 : 3;
    if (!lines.length && !tiny) lines = g.narrow || g.dia < 36 ? ['<span>solid: own</span>', '<span class="a">dashed: bus</span>'] : [`<span>solid: own access</span>`, `<span class="a">dashed: seen on the bus</span>`];
    if (lines.length > most) lines = [...lines.slice(0, most - 1), `<span>and ${lines.length - most + 1} more</span>`];
    lines = tiny && g.narrow ? [lines.join(' · ')] : lines.map(l => `<div>${l}</div>`);
    return `<div class="dia" style="${g.narrow ? `height:calc(var(--u)*${g.dia})` : `width:calc(var(--u)*${g.dia})`}">${tiny ? '' : `<svg style="width:calc(var(--u)*${w.toFixed(2)});height:calc(var(--u)*${h.toFixed(2)})" viewBox="0 0 ${w.toFixed(2)} ${h.toFixed(2)}" aria-hidden="true">${svg}</svg>`}<div class="caps">${lines.join('')}</div>${tally}</div>`;
  }
  sentence(s, used = 0) { return this.fill(esc(s.reason.split(AND_SO)[0]), s, bdi, used); }
  victim(s) { return this.fill(esc(s.reason.split(AND_SO)[1] || ''), s, bdi); }
  writer(s) { // of the value that was supplied; -1 if it is not to be had
    if (!s.sups || !s.sups.length || !s.sup) return -1;
    const b = this.at(s.line, s.n - .5), from = s.sups[s.sups.length - 1], v = this.value(from === 'memory' ? b.mem : b.ct[from], s.key);
    return v.text === (this.data.numbered ? 'w' : '') + s.sup ? v.by : -1;
  }
  fill(text, s, put, used = 0) { // what is put in is cut until the whole fits its lines
    const name = this.keyName(s.key), kind = v => this.data.numbered ? 'write ' : numeric(v) ? 'value ' : '';
    const of = { '\x01': [keyed(name), name], '\x02': s.sup ? [kind(s.sup), s.sup] : ['', 'the line'], '\x03': s.wr ? [kind(s.wr), s.wr] : ['', 'the word'], '\x04': ['', s.left < 0 ? '' : this.data.lines[s.left]] };
    const gaps = text.match(/[\x01-\x04]/g) || [], plain = gaps.reduce((a, c) => a + of[c][0].length, text.length - gaps.length + used);
    const room = t => [...t].reduce((a, c) => a + (/[MWmw@%]/.test(c) ? 1.6 : 1), 0), size = n => plain + gaps.reduce((a, c) => a + room(cut(of[c][1], n)), 0), by = this.writer(s), tail = by < 0 ? '' : ` by core ${by}`;
    let n = CUT; while (n > 3 && size(n) > this.g.chars) n--;
    return text.replace(/[\x01-\x04]/g, c => of[c][0] + put(of[c][1], n) + (c === '\x02' && size(n) + tail.length <= this.g.chars ? tail : ''));
  }
  verdict(s) { // on an answer, in words; null where none was given
    const p = this.player, a = this.predict && p.i === s.n && p.answers.get(s.n);
    if (!a || a.given === null || p.asked(s.n) !== this) return null;
    const q = this.question(s.n), ok = q.right === a.given;
    return { ok, said: ok ? '✓ Right.' : `✗ You said ${cut(a.given, CUT)}; right is ${cut(q.right, CUT)}.`, rule: q.rule };
  }
  why() {
    const { s, ph } = this.shown(), g = this.g, d = this.data;
    let say, sub = '', clamp = g.two > 1;
    const own = s && `${this.P.states[s.before][0]} on ${EVENTS[s.event]}`, cycle = s && `cycle ${s.cycle.toLocaleString('en')}`;
    if (!s) { say = this.player.bug ? 'One cell of this table is wrong. Step through, and press M at the first wrong step.' : 'All copies are invalid. Press → for the first step, ? for help.'; sub = esc(d.note ? 'Shown: ' + d.note + '. ' : '') + (['ops', 'accesses'].includes(d.workload) ? `${this.steps.length.toLocaleString('en')} accesses` : bdi(d.workload, 40)); if (d.base.length) say = 'The caches as they are before the first step shown. Press →.'; }
    else if (ph === QUESTION && this.player.asked(this.player.i) !== this) say = 'Hidden until you answer.';
    else if (ph === QUESTION) {
      const q = this.question(this.i);
      say = esc(q.ask) + `<div class="opts">${q.options.map((o, k) => `<button data-opt="${k}" aria-label="${'ABCD'[k]}: ${esc(o)}"><b>${'ABCD'[k]}</b><span>${bdi(o, 18)}</span></button>`).join('')}</div>`;
    } else if (ph === 0) say = s.reqs.length ? `${MARKS[1]} Core ${s.core} asks: ${esc(s.reqs.join(', '))} for ${keyed(this.keyName(s.key))}${bdi(this.keyName(s.key), 14)}.` : `${MARKS[1]} Core ${s.core} looks into its own cache: no request is needed.`;
    else if (ph === 1) say = `${MARKS[2]} Snoop: ` + (s.answers.length ? `${some([...new Set(s.answers.map(a => a.core))])} ${new Set(s.answers.map(a => a.core)).size > 1 ? 'hold copies and answer' : 'holds a copy and answers'}.` : 'no other cache holds a copy.');
    else if (ph === 2) { const sup = this.supplier; say = `${MARKS[3]} Data: ` + (sup !== null ? `${sup === 'memory' ? 'memory' : 'core ' + sup} supplies ${s.sup ? bdi(this.said(s.sup), 14) : 'the line'}.` : s.event === 2 ? 'the line goes back to memory.' : s.wr && /BusUpd|BusWr/.test(s.reqs.join()) ? `${bdi(this.said(s.wr), 14)} goes out.` : 'no line moves.'); }
    else if (this.hiding) {
      say = this.player.marks.includes(this.i) ? '<span class="no">✗ This step obeys the right table.</span> Look for an earlier or a later one.' : 'Is this right? → goes on, M marks this step as the first wrong one.';
      sub = `${this.player.marks.length} wrong mark${this.player.marks.length === 1 ? '' : 's'} so far`;
    } else {
      const v = this.verdict(s);
      say = this.sentence(s, v && v.ok ? 9 : 0);
      const bug = this.player.found && this.player.bug;
      if (bug && s.number === bug.step) { say = `<span class="ok">✓ Found.</span> ${esc(bug.ending)}`; sub = esc(bug.cell); }
      else if (this.stops) { sub = say; clamp = true; say = `<span class="no">✗ The run stops here:</span> ${bdi(d.stopped, g.chars - 24)}`; }
      else if (v && v.ok) say = `<span class="ok">${v.said}</span> ${say}`;
      else if (v) { sub = say; clamp = g.two > 1 || v.said.length + v.rule.length + 7 < g.chars * .7; // two lines under it only if they have room
        say = `<span class="no">${bdi(v.said)}</span> Rule: ${esc(this.multi ? cut(v.rule, Math.max(12, g.chars - v.said.length - 8)) : v.rule)}`; }
      if (!sub) { const w = this.waiters(s), c = this.P.cells[own], left = this.victim(s);
        sub = (left ? left.replace(/\.$/, ' · ') : '') + (w.length ? `${this.wins(s)}; ${some(w.map(x => x.core))} wait${w.length > 1 ? '' : 's'} · ` : '') +
          (c ? `Cell ${esc(own)}: ${esc(c)} · ` : '') + cycle + (s.miss ? ` · ${esc(s.miss.replace('_', ' '))} miss` : ''); }
    }
    if (s && !sub && ph >= 0 && ph < STATES) { const w = this.waiters(s), told = w.slice(0, 4).map(x => `core ${x.core} waits (${DOES[x.event]} ${bdi(this.keyName(x.key), 10)})`);
      if (w.length && ph === 0) say += ` It wins the bus (${esc(s.first)}).`;
      sub = w.length ? told.join(', ') + (w.length > told.length ? `, and ${w.length - told.length} more` : '') : cycle; }
    if (this.player.lost) sub = `Nothing found for ${bdi(this.player.lost, 20)}.`;
    return `<div class="why" style="height:calc(var(--u)*${g.why})"><div class="say">${say}</div>${g.two ? `<div class="sub${clamp ? ' two' : ''}">${sub}</div>` : ''}</div>`;
  }
  timeline() {
    const { s, ph } = this.shown(), g = this.g, d = this.data, line = s ? s.line : 0, hidden = this.predict || this.hiding;
    const mine = n => this.steps[n - 1].line === line, h = this.hist[line].filter(x => Number.isInteger(x.n) && x.n > 0 && (!hidden || x.n <= this.i || mine(x.n))), // what leaves later is an outcome
      cores = this.coresShown(s ? s.core : 0), start = this.hist[line][0];
    const all = [{ ...start, n: 0 }, ...h]; let now = 0; for (let k = 0; k < all.length && all[k].n <= this.i; k++) now = k;
    const from = Math.max(0, Math.min(now - Math.floor(g.cols * .5), all.length - g.cols)), cols = all.slice(from, from + g.cols);
    const colW = Math.min(13, (g.W - 11) / Math.max(cols.length, 1));
    let out = `<span class="h"><span class="e">line ${bdi(d.lines[line], 5)}</span></span>`;
    const later = c => c.n > this.i || (c.n === this.i && ph !== STATES && c.n > 0);
    for (const c of cols) { const x = c.n ? this.steps[c.n - 1] : null, shut = hidden && later(c);
      out += `<span data-go="${c.n}" class="${shut || (x && x.reqs.length) ? '' : 'hit'}${c.n > this.i ? ' later' : ''}${c.n === this.i ? ' now' : ''}">${!x ? '·' : mine(c.n) ? LETTER[x.event] + x.core : 'e' + x.core}</span>`; }
    for (const core of cores) {
      out += `<span class="h">${g.per > 4 ? 'C' : 'Core '}${core}</span>`;
      for (const c of cols) {
        const cls = (c.n > this.i ? ' later' : '') + (c.n === this.i ? ' now' : '');
        if (later(c) && (hidden || c.n === this.i)) { out += `<span data-go="${c.n}" class="c dash${cls}" style="border-color:var(--line)">?</span>`; continue; }
        const st = c.st[core], [fill, ink, edge, dash] = this.P.tiles[+this.night][st];
        out += `<span data-go="${c.n}" class="c${dash ? ' dash' : ''}${cls}" data-state="${st}" style="background:${fill === 'none' ? 'transparent' : fill};color:${ink};border-color:${edge}">${bdi(this.P.states[st][0], colW < 9 ? 3 : 4)}</span>`;
      }
    }
    return `<div class="time" style="height:calc(var(--u)*${g.time});grid-template-columns:calc(var(--u)*10.5) repeat(${cols.length},calc(var(--u)*${(colW - .2).toFixed(2)}));grid-auto-rows:calc(var(--u)*${g.lane - .2})">${out}</div>`;
  }
  heard() { // what a screen reader says of a whole step
    const { s } = this.shown(), now = this.at(s.line, this.i), v = this.verdict(s), w = this.waiters(s);
    let text = now.st.map((st, c) => [c, st]).filter(([, st]) => st !== this.P.invalid).map(([c, st]) => `Core ${c} ${this.P.states[st][0]}`).join(', ') + '. ';
    if (v) text += v.said.slice(2) + ' ' + (v.ok ? '' : `Rule: ${v.rule}. `);
    if (!this.hiding) text += this.fill(s.reason.replace(AND_SO, ' '), s, x => x, -999);
    if (w.length) text += ` ${first(this.wins(s))}; ${some(w.map(x => x.core))} wait${w.length > 1 ? '' : 's'}.`;
    return this.stops ? `${text} The run stops here: ${this.data.stopped}` : text;
  }
  legend() { return this.P.states.map(([, title, props], k) => `<span>${this.tile(k)}${bdi(title)}${props ? ' (' + esc(props) + ')' : ''}</span>`).join(''); }
}
return (el, data, opts) => new Player(el, data, opts);
})();
