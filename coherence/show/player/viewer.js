// The player of recorded runs. One function, `CoherencePlayer(element, data, options)`; no dependency, no network.
// The picture is a pure function of (step, phase, answers, size): `render` writes it anew at every change, so going
// back restores the same document. Lengths are multiples of u, 1 % of the picture's height.
const CoherencePlayer = (() => {
'use strict';
const PHASES = ['ask', 'snoop', 'data', 'states'], STATES = 3, QUESTION = -1;
const DOES = ['reads', 'writes', 'evicts'], EVENTS = ['PrRd', 'PrWr', 'Evict'], LETTER = ['R', 'W', 'V'];
const AND_SO = '\x05', CUT = 14; // between sentence and victim's; the longest name in a sentence
const VALUE = 4.3, DIGIT = .57; // the size of a value, the width of a digit in it
const TICK = 1400, MARKS = ['', '①', '②', '③'];
const esc = s => String(s).replace(/[&<>"']/g, c => '&#' + c.charCodeAt(0) + ';');
const cut = (s, n) => { const c = [...s]; if (c.length <= n) return s; n = Math.max(n, 3);
  const a = Math.ceil((n - 1) / 2); return c.slice(0, a).join('') + '…' + c.slice(c.length - (n - 1 - a)).join(''); };
const bdi = (s, n) => `<bdi>${esc(cut(s.replace(/[\u0000-\u001f]/g, '·'), n || 999))}</bdi>`;
const some = cs => cs.length === 1 ? `core ${cs[0]}` : cs.length > 3 ? `${cs.length} cores` :
  `cores ${cs.slice(0, -1).join(', ')} and ${cs[cs.length - 1]}`;
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
      dark: typeof matchMedia === 'function' && matchMedia('(prefers-color-scheme: dark)').matches,
      group: opts.group || null, seen: '' });
    el.innerHTML = '';
    const root = this.root = document.createElement('div');
    root.className = 'coh' + (opts.multi ? ' multi' : ''); root.tabIndex = 0; root.setAttribute('role', 'group');
    root.innerHTML = '<div class="pic"></div><div class="live" hidden></div><div class="bar">' +
      [['first', '|◀', 'before the first step'], ['prev', '◀', 'previous step'], ['next', '▶', 'next step'],
        ['last', '▶|', 'last step'], ['play', 'Play', 'play']].map(([a, t, l]) =>
        `<button data-act="${a}" aria-label="${l}" title="${l}">${t}</button>`).join('') +
      '<input type="range" min="0" aria-label="step"><button data-act="predict" aria-pressed="false">Predict</button>' +
      '<button data-act="mark" hidden>Mark</button><button data-act="help" aria-label="help">?</button></div>' +
      '<div class="sr" aria-live="polite"></div><div class="legend"></div>';
    el.appendChild(root);
    const q = s => root.querySelector(s);
    this.pic = q('.pic'); this.bar = q('.bar'); this.range = q('input'); this.live = q('[aria-live]'); this.ops = q('.live');
    this.load(data);
    root.addEventListener('keydown', e => this.key(e));
    root.addEventListener('click', e => this.click(e));
    this.range.addEventListener('input', () => this.go(+this.range.value));
    if (typeof ResizeObserver === 'function') new ResizeObserver(() => this.measure()).observe(root);
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
  // ---- data
  load(data) {
    const d = this.data = data, P = this.P = d.protocol;
    this.root.setAttribute('aria-label', `${P.name}, ${d.workload}`);
    this.steps = []; this.hist = d.lines.map(() => []);
    const none = () => ({ n: -1, st: Array(d.cores).fill(P.invalid), ct: Array(d.cores).fill(0), mem: 0, stale: 0, key: -1 });
    const change = (flat, n, key) => {
      const touched = new Map();
      for (let j = 0; j < flat.length; j += 4) {
        const [l, at, s, c] = flat.slice(j, j + 4), h = this.hist[l];
        let now = touched.get(l);
        if (!now) {
          const old = h[h.length - 1] || none();
          now = { n, st: old.st.slice(), ct: old.ct.slice(), mem: old.mem, stale: old.stale, key: old.key };
          touched.set(l, now); h.push(now);
        }
        if (at < 0) { now.mem = c; now.stale = s; } else { now.st[at] = s; now.ct[at] = c; }
      }
      return touched;
    };
    change(d.base, 0);
    d.lines.forEach((_, l) => { if (!this.hist[l].length) this.hist[l].push({ ...none(), n: 0 }); });
    const reasons = d.reasons;
    d.steps.forEach((raw, index) => {
      const [shape, key, changes, sup, wr, left, cycle, late = [], before = []] = raw, n = index + 1, line = d.keys[key][1];
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
      const h = this.hist[line]; h[h.length - 1].key = key;
      this.steps.push({ n, number: d.numbers.length ? d.numbers[index] : n, core: s[0], event: s[1], before: s[2], after: s[3],
        reqs: s[4].map(r => P.requests[r]), answers, sups: s[6], reason: reasons[s[7]], asked: s[8], miss: s[9], victim: s[10],
        key, line, sup: d.texts[sup], wr: d.texts[wr], left, cycle, first: late.length ? d.texts[late[0]] : '', late: late.slice(1) });
    });
    if (d.bug) { this.bug = JSON.parse(decodeURIComponent(escape(atob(d.bug)))); this.bar.querySelector('[data-act=mark]').hidden = false; this.bar.querySelector('[data-act=predict]').hidden = true; }
    const most = texts => texts.reduce((a, t) => Math.max(a, [...t].length), 1);
    this.longest = most(d.keys.map(k => k[0])); this.widest = most(this.steps.map(s => s.wr)); // characters of keys, of values
    this.range.max = this.steps.length;
    this.legend();
    if (this.opts.send) this.setLive();
  }
  at(line, t) {
    const h = this.hist[line]; let a = 0, b = h.length - 1;
    while (a < b) { const m = (a + b + 1) >> 1; if (h[m].n <= t) a = m; else b = m - 1; }
    return h[a];
  }
  value(content, key) {
    for (const c = this.data.contents; content && c[content].length; content = c[content][0])
      if (c[content][1] === key) return this.data.texts[c[content][2]] || '“”';
    return '–';
  }
  keyName(k) { return this.data.keys[k][0]; }
  fired(s) {
    const found = [[s.before, s.after, 0, EVENTS[s.event], s.core]];
    for (const a of s.answers) found.push([a.before, a.after, 1, s.reqs[a.turn], a.core]);
    if (s.victim) found.push([s.victim[0], this.P.invalid, 0, 'Evict', s.core]);
    return found;
  }
  ends(s) { const m = new Map(); for (const a of s.answers) m.set(a.core, a.after); return m; }
  get supplier() { const s = this.steps[this.i - 1]; return s && s.sups.length ? s.sups[s.sups.length - 1] : null; }
  // ---- moving
  go(i, ph = STATES, silent) {
    i = Math.max(0, Math.min(this.steps.length, i));
    if (i && this.open(i) && ph !== QUESTION) ph = QUESTION;
    if (i && ph !== QUESTION && !this.phases(i).includes(ph)) ph = STATES;
    if (!i) ph = STATES;
    this.i = i; this.ph = ph;
    if (this.playing && (ph === QUESTION || i === this.steps.length)) this.stop();
    this.render(); this.toHash();
    if (!silent && this.group) this.group.filter(p => p !== this).forEach(p => p.go(i, Math.max(ph, 0), true));
  }
  phases(i) { return this.steps[i - 1].reqs.length ? [0, 1, 2, 3] : [0, 3]; }
  open(i) { return this.predict && !this.answers.has(i) && !!this.question(i); }
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
  help() { this.stop(); this.over = this.over === 'help' ? '' : 'help'; this.render(); const d = this.pic.querySelector('[role=dialog]'); if (d) d.focus(); }
  ask() { this.stop(); this.over = 'find'; this.render(); const f = this.pic.querySelector('.over input'); if (f) f.focus(); }
  close() { if (this.over) { this.over = ''; this.render(); this.root.focus({ preventScroll: true }); } }
  find(text) {
    text = text.trim(); this.over = '';
    const numbers = this.steps.map(s => s.number), n = /^\d+$/.test(text) ? numbers.indexOf(+text) + 1 || (text === '0' ? -1 : 0) : 0;
    const key = s => this.keyName(s.key) === text || this.data.lines[s.line] === text;
    const hit = n ? null : this.steps.slice(this.i).find(key) || this.steps.find(key);
    this.lost = !n && !hit && text ? text : '';
    this.root.focus({ preventScroll: true });
    if (n) this.go(Math.max(n, 0)); else if (hit) this.go(hit.n); else this.render();
    this.lost = '';
  }
  setTheme(dark) { this.dark = dark; this.measure(); this.legend(); this.render(); }
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
    if (!t) { if (!e.target.closest('input,button,.over')) this.root.focus({ preventScroll: true }); return; }
    if (t.dataset.go !== undefined) this.go(+t.dataset.go);
    else if (t.dataset.opt !== undefined) this.answer(+t.dataset.opt);
    else if (t.dataset.op !== undefined) { const k = this.ops.querySelector('input').value.trim() || 'x';
      this.opts.send(t.dataset.op === 'undo' ? { undo: true } : { core: +t.dataset.core, op: t.dataset.op, key: k }); return; }
    else { ({ first: () => this.go(0), prev: () => this.prev(), next: () => this.next(), last: () => this.go(this.steps.length),
      play: () => this.play(), predict: () => this.setPredict(!this.predict), mark: () => this.mark(), help: () => this.help(),
      close: () => this.close() })[t.dataset.act](); return; }
    this.root.focus({ preventScroll: true });
  }
  toHash() {
    if (!this.opts.hash) return;
    try { history.replaceState(null, '', `#step=${this.i}&phase=${PHASES[Math.max(this.ph, 0)]}`); } catch { /* a frame without a name of its own */ }
  }
  fromHash() {
    if (!this.opts.hash) return;
    const m = /step=(\d+)(?:&phase=(\w+))?/.exec(location.hash);
    if (m) this.go(+m[1], m[2] === undefined ? STATES : /^\d$/.test(m[2]) ? +m[2] : Math.max(PHASES.indexOf(m[2]), 0));
  }
  // ---- the picture
  measure() {
    const r = this.g && this.paper ? this.g : { w: this.root.clientWidth, h: this.root.clientHeight };
    const w = r.w || 960, h = r.h || 540, d = this.data;
    const narrow = w / h < 1.2, u = Math.min(h / 100, w / 80), W = w / u - 2, H = h / u, n = d.cores;
    const per = Math.min(n, narrow ? 3 : 8), lanes = per + 1;
    const lane = per > 4 ? 2.85 : 3.3, say = narrow ? 4.15 : Math.max(2.9, Math.min(4.15, W * .0236)), lines = narrow ? Math.ceil(150 * say * .54 / W) : 2;
    const long = this.longest, whole = long > CUT ? Math.min(narrow ? 5 : 3, Math.ceil((long + 5) * 1.7 / W)) : 0;
    const two = narrow && H > 130 ? 3 : this.predict || d.stopped ? 2 : 1; // lines under the sentence
    const why = lines * say * 1.22 + 3.4 * (two + whole) + .5, time = lanes * lane + 1, liveH = this.opts.send ? 11 : 0;
    const dia = narrow ? (H < 130 ? 9 : Math.min(34, H * .19)) : Math.max(30, Math.min(52, W * (per > 4 ? .25 : .3)));
    const mw = narrow ? W : W - dia - 1.4, mainH = H - 7.8 - why - time - 5 - liveH - .8, machine = narrow ? mainH - dia : mainH;
    const cards = machine - 25.2, cw = (mw - (per - 1) * 1.2) / per, pair = this.P.states.some(x => [...x[0]].length === 2);
    const least = pair && (mw + 1.2) / per < 13.7 ? 2.7 : 4.15; // a letter under 4.1 % only where eight cards are too narrow
    const most = Math.max(4.7, Math.min(11, mw / per * .3)), beside = cw - Math.max(most, pair ? least * 1.6 : 0) - 3.1;
    const stack = beside < Math.min(5, this.widest) * VALUE * DIGIT, under = stack ? VALUE + .7 : .8; // a value stands under its tile where five digits do not fit beside it
    const fit = Math.max(1, Math.floor((cards - 5.2) / (4.7 + under))), boxes = Math.max(1, Math.floor((mw - 13) / 17));
    const L = Math.min(d.lines.length, fit, boxes), tile = Math.max(4.7, Math.min(most, (cards - 5.2) / L - under)), vf = stack ? VALUE : Math.max(VALUE, tile * .55);
    const tw = pair ? Math.max(tile, least * 1.6) : tile, chars = Math.floor(lines * (W / (say * .535) - 7));
    this.g = { w, h, W, narrow, tw, vc: vf * DIGIT, per, lane, chars, why, time, dia, mw, mainH, L, cw, stack, two, whole,
      cols: Math.max(3, Math.floor((W - 11) / 7)) };
    const root = this.root, [paper, ink, muted, accent, dat] = this.P.themes[+this.night], css = (k, v) => root.style.setProperty(k, v);
    root.classList.toggle('narrow', narrow);
    for (const [k, v] of Object.entries({ '--u': u + 'px', '--W': W + 2, '--say': say, '--two': two, '--tile': `calc(var(--u)*${tile})`, '--tw': `calc(var(--u)*${tw})`, '--least': least, '--paper': paper, '--ink': ink, '--accent': accent, '--data': dat,
      '--muted': this.night ? '#a9b0b8' : '#555b63', '--line': this.night ? '#4a5058' : '#b9bdc4', '--soft': this.night ? '#1c2026' : '#f4f5f7',
      '--lit': this.night ? '#38335c' : '#e4dff6', '--good': this.night ? '#4fd6a0' : '#00663f', '--n': per, '--in': mw / per > 25 ? 3 : 1.2, '--under': under, '--vf': `calc(var(--u)*${vf.toFixed(2)})` })) css(k, v);
    root.classList.toggle('stack', stack); this.seen = ''; this.render();
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
  render() {
    if (!this.g) return;
    const html = this.head() + `<div class="main">${this.machine()}${this.diagram()}</div>` + this.why() + this.timeline() + this.overlay();
    if (html !== this.seen) {
      const find = () => this.pic.querySelector('.over input'), typed = find() ? find().value : '';
      const inside = this.pic.contains(document.activeElement);
      this.pic.innerHTML = html; this.seen = html;
      if (inside) (find() || this.root).focus({ preventScroll: true }); // what had it is gone
      if (find()) find().value = typed; // a phone's keyboard changes the size, and so the picture
    }
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
  opText(s, n) { return s ? `Core ${s.core} ${DOES[s.event]} ${bdi(this.keyName(s.key), n)}` : 'Before the first step'; }
  head() {
    const { s } = this.shown(), N = this.steps.length, number = s && s.number !== s.n ? ` (${s.number})` : '';
    const tight = this.g.narrow, counts = (this.predict ? (tight ? this.score().slice(6) : this.score()) + ' · ' : '') + `${tight ? '' : 'step '}${this.i}/${N}${number}`;
    const room = Math.floor((this.g.W - 8 - counts.length * 2.4 - Math.min([...this.P.name].length, 12) * 1.9) / 2.8) - 13;
    return `<div class="head"><span class="badge">${bdi(this.P.name, 12)}</span><span class="op">${this.opText(s, Math.max(4, room))}</span><span class="count">${counts}</span></div>`;
  }
  page(line) { const a = Math.floor(line / this.g.L) * this.g.L; return [...Array(this.g.L).keys()].map(k => a + k).filter(l => l < this.data.lines.length); }
  coresShown(core) { const a = Math.floor(core / this.g.per) * this.g.per; return [...Array(this.g.per).keys()].map(k => a + k).filter(c => c < this.data.cores); }
  focusKey(line) { // the key by whose value a line is shown: the one accessed last
    const { s, t } = this.shown(); if (s && s.line === line) return s.key;
    const k = this.at(line, t).key; return k >= 0 ? k : this.data.keys.findIndex(x => x[1] === line);
  }
  lineName(line) { const k = this.focusKey(line); return k >= 0 ? this.keyName(k) : this.data.lines[line]; }
  wins(s) { return `core ${s.core} wins the bus (${esc(s.first)})`; }
  get stops() { return this.data.stopped && this.i === this.steps.length && this.i > 0; }
  waiters(s) {
    return s ? s.late.map(off => { const n = s.number + off, a = this.data.absent[n]; if (a) return { core: a[0], event: a[1], key: a[2] };
      return this.data.numbers.length ? this.steps[this.data.numbers.indexOf(n)] : this.steps[n - 1]; }).filter(Boolean) : [];
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
      const rows = lines.map(l => {
        const now = this.at(l, t), old = this.at(l, this.i - .5), k = this.focusKey(l), v = this.value(now.ct[c], k), state = now.st[c];
        const was = done && old.st[c] !== state && (l === s.line || l === s.left), here = s && l === s.line;
        const part = done && here && (own || answered.has(c));
        const all = g.cw - (g.stack ? 2.4 : g.tw + 3.1), fits = room => Math.floor(room / g.vc);
        const shownV = [...v].length > fits(all - .7) ? cut(v, fits(all - (big ? 6 : 0))) : v, n = [...shownV].length; // a value that must be cut leaves room for the key
        const left = g.stack ? 0 : all - .7 - n * g.vc;
        const name = this.lineName(l), lab = left > 4 ? bdi(name, Math.max(3, Math.floor((left - (was ? 9 : 0)) / 1.9))) : '';
        return `<div class="row${here ? ' cur' : ''}" data-line="${l}">${this.tile(state, part ? ' new' : '')}${lab ? `<span class="lab">${lab}${was && left > 13 ? ` <span>was ${bdi(this.P.states[old.st[c]][0], 3)}</span>` : ''}</span>` : ''}` +
          (state === this.P.invalid ? '' : `<span class="val">${bdi(shownV)}</span>`) + '</div>';
      }).join('');
      cards += `<div class="card${own ? ' asks' : ''}${gives ? ' gives' : ''}" data-core="${c}"${gives ? ' data-supplier="1"' : ''}><div class="name"><b>${big ? 'Core ' : 'C'}${c}</b>${extra}</div>${rows}</div>`;
      let marks = '', cls = '';
      const parts = [], say = (n, txt, long, k) => parts.push([n, txt, long, k]);
      if (own && bus && ph >= 0) {
        cls = ' asks'; say(1, '↓', 'asks', '');
        if (ph >= 2 && sup === c) { cls += ' gives'; say(3, '', 'own copy', 'd'); } else if (ph >= 2 && s.sups.length) say('', '↑', 'data', 'd');
        if (ph >= 2 && s.reqs.some(r => r !== s.reqs[0] || !s.sups.length) && s.wr && !/Upgr/.test(s.reqs.join())) say(s.sups.length ? '' : 3, '↓', 'word', 'd');
        if (ph >= 2 && s.event === 2) say(3, '↓', 'writes back', 'd');
      } else if (bus && ph >= 1 && answered.has(c)) {
        cls = ' snoop'; const as = answered.get(c), lost = ends.get(c) === this.P.invalid;
        say(2, lost ? '✕' : '↓', lost ? 'drops it' : 'shared', 'a');
        if (ph >= 2) { if (sup === c) { cls += ' gives'; say(3, '↓', 'supplies', 'd'); } else if (as.some(a => a.said.includes('Flush'))) say(3, '↓', 'flushes', 'd');
          if (as.some(a => a.said.includes('Update'))) say(sup === c ? '' : 3, '↑', 'word', 'd'); }
      } else if (bus && ph >= 1 && !own && big) marks = 'snoops';
      // words as far as they fit: all, the last mark's only, none; then no arrow beside a number
      const show = level => parts.map(([n, txt, long, k], j) => [n, level > 2 && n && txt !== '✕' ? '' : txt, level > 1 || (level && j < parts.length - 1) ? '' : long, k]);
      const size = ps => ps.reduce((a, [n, txt, long]) => a + (n ? 3.4 : 0) + (txt ? 2.6 : 0) + (long ? long.length * 1.55 + .5 : 0), 0);
      let level = big ? 0 : 2; while (level < 3 && size(show(level)) > g.cw - (big ? 5.2 : 3.2)) level++;
      marks += show(level).map(([n, txt, long, k]) => (n ? `<span class="n">${n}</span>` : '') + (txt || long ? `<span class="${k}">${txt} ${long}</span>` : '')).join('');
      stems += `<div class="stem${cls}">${marks}</div>`;
    }
    let busText = '<span>bus idle</span>', cls = ' idle', wire = '<span>shared line: not asked</span>', yes = '';
    if (s && ph >= 0) {
      if (bus) {
        cls = ''; busText = `<span>${esc(s.reqs.join(', '))}</span><span>${bdi(this.keyName(s.key), Math.max(3, Math.min(14, Math.floor((g.mw - s.reqs.join(', ').length * 2.6 - 36) / 2.5))))}</span>`;
        if (ph >= 2 && sup !== null) busText += `<span class="d">data from ${sup === 'memory' ? 'memory' : 'core ' + sup}</span>`;
        if (ph >= 1 && s.asked) {
          const pulled = [...ends].filter(([, a]) => a !== this.P.invalid).map(([c]) => c).sort((a, b) => a - b);
          wire = pulled.length ? `<span>shared line: YES, pulled by ${some(pulled)}</span>` : '<span>shared line: no</span>'; yes = pulled.length ? ' yes' : '';
        }
      } else busText = '<span>no bus needed</span>';
    }
    const more = d.cores > cores.length ? `<b>cores ${cores[0]}–${cores[cores.length - 1]} of ${d.cores}</b>` : '<b>Memory</b>';
    const mem = lines.map(l => {
      const now = this.at(l, t), here = s && l === s.line, k = this.focusKey(l), v = this.value(now.mem, k), bw = (g.mw - 13) / lines.length - 1;
      let stem = '<div class="stem" style="border-color:transparent"></div>';
      const wrote = s && (s.answers.some(a => a.said.includes('Flush')) || s.reqs.includes('BusWr') || s.reqs.includes('BusWB'));
      if (here && bus && ph >= 2 && (sup === 'memory' || wrote)) {
        const words = (sup === 'memory' ? `<span class="d">↑ ${bw > 22 ? 'supplies' : ''}</span>` : '') + (wrote ? `<span>↓ ${bw > (sup === 'memory' ? 34 : 20) ? 'updated' : ''}</span>` : '');
        stem = `<div class="stem ${sup === 'memory' ? 'gives' : 'asks'}"><span class="n">3</span>${words}</div>`;
      } else if (s && l === s.left && ph >= 2 && s.victim && s.victim[1]) stem = '<div class="stem asks"><span class="n">3</span>↓ ' + (bw > 28 ? 'written back' : '') + '</div>';
      const stale = now.stale ? '<u>stale</u>' : '', vs = cut(v, Math.max(3, Math.floor((bw - 6 - (stale ? 8 : 0)) / 2.5)));
      const left = bw - 4 - [...vs].length * 2.5 - (stale ? 8.5 : 0), name = this.lineName(l);
      return `<div data-line="${l}">${stem}<div class="box${here ? ' cur' : ''}${stale ? ' stale' : ''}"${here && ph >= 2 && sup === 'memory' ? ' data-supplier="1"' : ''}>` +
        `<span class="key">${bdi(name, Math.max(3, Math.floor(left / 1.9)))}</span><span class="val">${bdi(vs)}</span>${stale}</div></div>`;
    }).join('');
    return `<div class="machine" style="width:${g.mw}"><div class="cols cards">${cards}</div><div class="cols stems">${stems}</div>` +
      `<div class="bus${cls}">${busText}</div><div class="wire${yes}">${wire}</div><div class="memory">${more}${mem}</div></div>`;
  }
  diagram() {
    const { s, done } = this.shown(), g = this.g, P = this.P, T = P.tiles[+this.night];
    const w = g.narrow ? 40 : g.dia, h = g.narrow ? g.dia - 1 : g.mainH - 12.4, wide = Math.max(3.8, Math.min(5.6, w / 8, h / 8)), tiny = h < 20;
    const lit = done && !this.hiding ? this.fired(s) : [], xs = P.at.map(p => p[0]), ys = P.at.map(p => p[1]);
    const x0 = Math.min(...xs), x1 = Math.max(...xs), y0 = Math.min(...ys), y1 = Math.max(...ys), pad = wide + 3.6;
    const sy = Math.min((h - 2 * pad) / (y1 - y0 || 1), 30), sx = Math.min((w - 2 * pad) / (x1 - x0 || 1), 30, sy * 2), cx = w / 2, cy = h / 2;
    const at = P.at.map(p => [cx + (p[0] - (x0 + x1) / 2) * sx, cy - (p[1] - (y0 + y1) / 2) * sy]);
    const apart = Math.min(...at.flatMap((p, a) => at.slice(0, a).map(q => Math.hypot(p[0] - q[0], p[1] - q[1])))), r = Math.max(2.6, Math.min(wide, apart * .38));
    const edges = P.edges.map(e => e.slice()), has = (a, b, k) => edges.find(e => e[0] === a && e[1] === b && e[2] === k);
    for (const [a, b, k] of lit) if (!has(a, b, k)) edges.push([a, b, k, '']);
    const dirs = new Set(edges.map(e => e[0] + '>' + e[1]));
    let svg = '';
    const draw = ([a, b, k]) => {
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
      svg += `<g data-edge="${a},${b},${k}"${on ? ' data-lit="1"' : ''}><path d="${path}" fill="none" stroke="${col}" stroke-width="${sw}"${dash}/>` +
        `<polygon points="${tip[0].toFixed(2)},${tip[1].toFixed(2)} ${pt(head, .38)} ${pt(head, -.38)}" fill="${col}"/></g>`;
    };
    const isLit = e => lit.some(f => f[0] === e[0] && f[1] === e[1] && f[2] === e[2]);
    edges.filter(e => !isLit(e)).forEach(draw); edges.filter(isLit).forEach(draw);
    P.states.forEach(([name], k) => {
      const [fill, ink, edge, dash, mark] = T[k], c = [...name].length, z = c < 3 ? Math.max(r * (c < 2 ? 1.1 : .9), g.narrow ? 2.7 : 4.15) : r * (c < 4 ? .7 : .55);
      svg += `<g data-node="${k}"><circle cx="${at[k][0].toFixed(2)}" cy="${at[k][1].toFixed(2)}" r="${r}" fill="${fill === 'none' ? 'var(--paper)' : fill}" stroke="${edge}" stroke-width=".35"${dash ? ' stroke-dasharray="1 .6"' : ''}/>` +
        (mark ? `<path d="M${(at[k][0] + r * .3).toFixed(2)} ${(at[k][1] - r * .68).toFixed(2)}h${(r * .38).toFixed(2)}v${(r * .38).toFixed(2)}z" fill="${ink}"/>` : '') +
        `<text x="${at[k][0].toFixed(2)}" y="${(at[k][1] + z * .36).toFixed(2)}" font-size="${z.toFixed(2)}" text-anchor="middle" fill="${ink}">${esc(cut(name, 5))}</text></g>`;
    });
    const caps = new Map();
    for (const [a, b, k, ev, core] of lit) { const key = [a, b, k, ev].join(); (caps.get(key) || caps.set(key, []).get(key)).push(core); }
    let lines = [...caps].sort((a, b) => b[0].split(',')[2] - a[0].split(',')[2]).map(([key, cores]) => { const [a, b, k, ev] = key.split(',');
      const who = [...new Set(cores)], names = [P.states[a][0], P.states[b][0]], arrow = names.map(n => bdi(n, 4)).join(' → ');
      const fits = text => text.length + names.join('').length + ev.length + 9 < (g.dia - 2) / 1.62;
      const brief = who.length > 3 ? who.length + ' cores' : who.map(c => 'C' + c).join(' ');
      const by = !g.narrow && fits(some(who)) ? some(who) : brief, on = !g.narrow && fits(by) ? ' on ' + ev : '';
      return `<span class="${+k ? 'a' : ''}">${by}: ${arrow}${on}</span>`; });
    const most = tiny ? 4 : 3;
    if (lines.length > most) lines = [...lines.slice(0, most - 1), `<span>and ${lines.length - most + 1} more</span>`];
    lines = tiny ? [lines.join(' · ')] : lines.map(l => `<div>${l}</div>`);
    return `<div class="dia" style="${g.narrow ? `height:calc(var(--u)*${g.dia})` : `width:calc(var(--u)*${g.dia})`}">${tiny ? '' : `<svg style="width:calc(var(--u)*${w.toFixed(2)});height:calc(var(--u)*${h.toFixed(2)})" viewBox="0 0 ${w.toFixed(2)} ${h.toFixed(2)}" aria-hidden="true">${svg}</svg>`}<div class="caps">${lines.join('')}</div></div>`;
  }
  sentence(s, used = 0) { return this.fill(esc(s.reason.split(AND_SO)[0]), s, bdi, used); }
  victim(s) { return this.fill(esc(s.reason.split(AND_SO)[1] || ''), s, bdi); }
  fill(text, s, put, used = 0) { // what is put in is cut until the whole fits its lines
    const of = { '\x01': this.keyName(s.key), '\x02': s.sup || 'the line', '\x03': s.wr || 'the word', '\x04': s.left < 0 ? '' : this.data.lines[s.left] };
    const gaps = text.match(/[\x01-\x04]/g) || [], plain = text.length - gaps.length + used;
    let n = CUT; while (n > 3 && plain + gaps.reduce((a, c) => a + Math.min(n, [...of[c]].length), 0) > this.g.chars) n--;
    return text.replace(/[\x01-\x04]/g, c => put(of[c], n));
  }
  verdict(s) { // on an answer, in words; null where none was given
    const a = this.predict && this.answers.get(s.n);
    if (!a || a.given === null) return null;
    const q = this.question(s.n), ok = q.right === a.given;
    return { ok, said: ok ? '✓ Right.' : `✗ You said ${cut(a.given, CUT)}; right is ${cut(q.right, CUT)}.`, rule: q.rule };
  }
  why() {
    const { s, ph } = this.shown(), g = this.g, d = this.data;
    let say, sub = '';
    const own = s && `${this.P.states[s.before][0]} on ${EVENTS[s.event]}`, cycle = s && `cycle ${s.cycle.toLocaleString('en')}`;
    if (!s) { say = this.bug ? 'One cell of this table is wrong. Step through, and press M at the first wrong step.' : 'All copies are invalid. Press → for the first step, ? for help.'; sub = esc(d.note ? 'Shown: ' + d.note + '. ' : '') + bdi(d.workload, 40); if (d.base.length) say = 'The caches as they are before the first step shown. Press →.'; }
    else if (ph === QUESTION) {
      const q = this.question(this.i);
      say = esc(q.ask) + `<div class="opts">${q.options.map((o, k) => `<button data-opt="${k}">${'ABCD'[k]}&ensp;${bdi(o, 18)}</button>`).join('')}</div>`;
    } else if (ph === 0) say = s.reqs.length ? `${MARKS[1]} Core ${s.core} asks: ${esc(s.reqs.join(', '))} for ${bdi(this.keyName(s.key), 14)}.` : `${MARKS[1]} Core ${s.core} looks into its own cache: no request is needed.`;
    else if (ph === 1) say = `${MARKS[2]} Snoop: ` + (s.answers.length ? `${some([...new Set(s.answers.map(a => a.core))])} ${new Set(s.answers.map(a => a.core)).size > 1 ? 'hold copies and answer' : 'holds a copy and answers'}.` : 'no other cache holds a copy.');
    else if (ph === 2) { const sup = this.supplier; say = `${MARKS[3]} Data: ` + (sup !== null ? `${sup === 'memory' ? 'memory' : 'core ' + sup} supplies ${bdi(s.sup || 'the line', 12)}.` : s.event === 2 ? 'the line goes back to memory.' : s.wr && /BusUpd|BusWr/.test(s.reqs.join()) ? `the word ${bdi(s.wr, 12)} goes out.` : 'no line moves.'); }
    else if (this.hiding) {
      say = this.marks.includes(this.i) ? '<span class="no">✗ This step obeys the right table.</span> Look for an earlier or a later one.' : 'Is this right? → goes on, M marks this step as the first wrong one.';
      sub = `${this.marks.length} wrong mark${this.marks.length === 1 ? '' : 's'} so far`;
    } else {
      const v = this.verdict(s);
      say = this.sentence(s, v ? 9 : 0);
      if (this.found && s.number === this.bug.step) { say = `<span class="ok">✓ Found.</span> ${esc(this.bug.ending)}`; sub = esc(this.bug.cell); }
      else if (this.stops) { sub = say; say = `<span class="no">✗ The run stops here:</span> ${bdi(d.stopped, g.chars - 24)}`; }
      else if (v && v.ok) say = `<span class="ok">${v.said}</span> ${say}`;
      else if (v) { sub = say; say = `<span class="no">${bdi(v.said)}</span> Rule: ${esc(v.rule)}`; }
      if (!sub) { const w = this.waiters(s), c = this.P.cells[own], left = this.victim(s);
        sub = (left ? left.replace(/\.$/, ' · ') : '') + (w.length ? `${this.wins(s)}; ${some(w.map(x => x.core))} wait${w.length > 1 ? '' : 's'} · ` : '') +
          (c ? `Cell ${esc(own)}: ${esc(c)} · ` : '') + cycle + (s.miss ? ` · ${esc(s.miss.replace('_', ' '))} miss` : ''); }
    }
    if (s && !sub && ph >= 0 && ph < STATES) { const w = this.waiters(s), told = w.slice(0, 4).map(x => `core ${x.core} waits (${DOES[x.event]} ${bdi(this.keyName(x.key), 10)})`);
      if (w.length && ph === 0) say += ` It wins the bus (${esc(s.first)}).`;
      sub = w.length ? told.join(', ') + (w.length > told.length ? `, and ${w.length - told.length} more` : '') : cycle; }
    if (this.lost) sub = `Nothing found for ${bdi(this.lost, 20)}.`;
    let all = '';
    if (s && [...this.keyName(s.key)].length > CUT) all = `<div class="sub whole">key ${bdi(this.keyName(s.key), Math.floor(g.whole * (g.W / 1.7 - 3)))}</div>`;
    return `<div class="why" style="height:calc(var(--u)*${g.why})"><div class="say">${say}</div><div class="sub${g.two > 1 ? ' two' : ''}">${sub}</div>${all}</div>`;
  }
  timeline() {
    const { s, ph } = this.shown(), g = this.g, d = this.data, line = s ? s.line : 0, hidden = this.predict || this.hiding;
    const h = this.hist[line].filter((x, k) => Number.isInteger(x.n) && x.n > 0), cores = this.coresShown(s ? s.core : 0), start = this.hist[line][0];
    const all = [{ ...start, n: 0 }, ...h]; let now = 0; for (let k = 0; k < all.length && all[k].n <= this.i; k++) now = k;
    const from = Math.max(0, Math.min(now - Math.floor(g.cols * .5), all.length - g.cols)), cols = all.slice(from, from + g.cols);
    const colW = Math.min(13, (g.W - 11) / Math.max(cols.length, 1));
    let out = `<span class="h"><span class="e">${bdi(this.data.lines[line], 5)}</span></span>`;
    const later = c => c.n > this.i || (c.n === this.i && ph !== STATES && c.n > 0);
    for (const c of cols) { const x = c.n ? this.steps[c.n - 1] : null, mine = x && x.line === line;
      out += `<span data-go="${c.n}" class="${x && x.reqs.length ? '' : 'hit'}${c.n > this.i ? ' later' : ''}${c.n === this.i ? ' now' : ''}">${!x ? '·' : mine ? LETTER[x.event] + x.core : 'V' + x.core}</span>`; }
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
  overlay() {
    if (this.over === 'black') return '<div class="over black"></div>';
    if (this.over === 'help') return `<div class="over"><div role="dialog" aria-label="keys" tabindex="-1"><table>${KEYS.map(k => `<tr><td>${esc(k[0])}</td><td>${esc(k[2])}</td></tr>`).join('')}</table></div></div>`;
    if (this.over === 'find') return '<div class="over"><div><label>Step, key or line: <input aria-label="step, key or line" autocomplete="off"></label></div></div>';
    return '';
  }
  announce() {
    const { s, ph } = this.shown();
    let text = 'Before the first step.';
    if (s) {
      text = `Step ${this.i}. Core ${s.core} ${DOES[s.event]} ${this.keyName(s.key)}. `;
      if (ph === QUESTION) { const q = this.question(this.i); text += q.ask + ' ' + q.options.map((o, k) => 'ABCD'[k] + ' ' + o).join(', '); }
      else if (ph === STATES) {
        const now = this.at(s.line, this.i);
        text += now.st.map((st, c) => [c, st]).filter(([c, st]) => st !== this.P.invalid).map(([c, st]) => `Core ${c} ${this.P.states[st][0]}`).join(', ') + '. ';
        const v = this.verdict(s), w = this.waiters(s);
        if (v) text += v.said.slice(2) + ' ' + (v.ok ? '' : `Rule: ${v.rule}. `);
        if (!this.hiding) text += this.fill(s.reason.replace(AND_SO, ' '), s, x => x);
        if (w.length) text += ` ${first(this.wins(s))}; ${some(w.map(x => x.core))} wait${w.length > 1 ? '' : 's'}.`;
        if (this.stops) text += ` The run stops here: ${this.data.stopped}`;
      } else text += PHASES[ph];
    }
    if (this.live.textContent !== text) this.live.textContent = text;
  }
  legend() {
    this.root.querySelector('.legend').innerHTML = this.P.states.map(([n, title, props], k) => `<span>${this.tile(k)}${bdi(title)}${props ? ' (' + esc(props) + ')' : ''}</span>`).join('');
  }
  // ---- two-way
  setLive() {
    const d = this.data, key = (this.ops.querySelector('input') || {}).value || 'x';
    this.ops.hidden = false;
    this.ops.innerHTML = `<label>key <input value="${esc(key)}" aria-label="key"></label>` + [...Array(d.cores).keys()].map(c => ['r', 'w', 'e'].map((op, k) =>
      `<button data-op="${op}" data-core="${c}" aria-label="core ${c} ${DOES[k]}">core ${c} ${DOES[k]}</button>`).join('')).join('') + '<button data-op="undo">undo</button>' +
      `<span class="a" role="alert">${esc(this.opts.error ? this.opts.error().slice(0, 120) : '')}</span>`;
  }
  update(data) { this.load(data); this.answers.clear(); this.measure(); this.go(this.steps.length); }
}
return (el, data, opts) => new Player(el, data, opts);
})();
