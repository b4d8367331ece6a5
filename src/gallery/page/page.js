// page.js -- the list of photos: loads what the run wrote beside this page, filters, sorts, and shows those cards that
// are in view. Names and digits only ever become text nodes and attributes of elements made here.
'use strict';

const LISTED = 1000;  // photos in a list and in a folder of pictures, as gallery/photo_files.h says
const MOST_PARTS = 10000;  // each is asked for, there or not
const byId = id => document.getElementById(id);
const parts = +document.documentElement.dataset.parts;
const photos = [];   // all of them; an entry is what its list says, and part, number, kind, digits, find
let shown = [];      // those that are listed, in order
let active = 0;      // the one that keys move from
const states = [];   // of the parts that were found

// ---- what is loaded ------------------------------------------------------------------------------------------------

function load(file) {
  return new Promise(resolve => {
    const script = document.createElement('script');
    script.src = file;
    script.onload = script.onerror = () => { script.remove(); resolve(); };
    document.head.append(script);
  });
}

// These two are called by the files of the run: src/gallery/entry.h.
function run(state) { states.push(state); }

function photo(part, number, entry) {
  entry.part = part;
  entry.number = number;
  const text = entry.text || '';
  entry.digits = text.replace(/\s/g, '').length;
  // Each row once with gaps and once without, so that either is found, and ^ and $ of a regex are ends of a row.
  const tight = text.replace(/ /g, '');
  entry.find = entry.path + '\n' + text + (tight === text ? '' : '\n' + tight);
  entry.lower = entry.find.toLowerCase();
  photos.push(entry);
}

// Files of a photo: stem + '.jpg' and so on.
const stem = p => `${p.part}-of-${parts}/${Math.floor(p.number / LISTED)}/${p.number % LISTED}`;

async function loadAll() {
  const numbers = Array.from({ length: Math.min(parts, MOST_PARTS) }, (_, i) => i + 1);
  await Promise.all(numbers.map(part => load(`${part}-of-${parts}/run.js`)));
  const lists = states.flatMap(s => Array.from({ length: s.lists }, (_, i) => `${s.part}-of-${parts}/${i}.js`));
  await Promise.all(lists.map(load));
  photos.sort((a, b) => a.part - b.part || a.number - b.number);
}

// ---- filter and sort -----------------------------------------------------------------------------------------------

function kindOf(p, limit) {
  if (p.error !== undefined) return 'failed';
  if (p.digits === 0) return 'empty';
  return p.confidence < limit || p.text.includes('?') || p.unexpected ? 'doubtful' : 'sure';
}

const names = new Intl.Collator('en', { numeric: true });
const inRun = (a, b) => a.part - b.part || a.number - b.number;
const confidence = p => p.confidence ?? -1;  // failed ones are the least sure of all
const orders = {
  run: inRun,
  path: (a, b) => names.compare(a.path, b.path) || inRun(a, b),
  doubt: (a, b) => confidence(a) - confidence(b) || inRun(a, b),
  sure: (a, b) => confidence(b) - confidence(a) || inRun(a, b),
  most: (a, b) => b.digits - a.digits || inRun(a, b),
  fewest: (a, b) => a.digits - b.digits || inRun(a, b),
};

// What the search field asks for, as a test of an entry; null: a regex that cannot be.
function searched() {
  const words = byId('search').value;
  if (!words) return () => true;
  if (!byId('regex').checked) {
    const lower = words.toLowerCase();
    return p => p.lower.includes(lower);
  }
  try {
    const regex = new RegExp(words, 'im');
    return p => regex.test(p.find);
  } catch {
    return null;
  }
}

function apply() {
  const limit = +byId('limit').value, show = document.forms.tools.elements.show.value;
  const test = searched();
  byId('search').setAttribute('aria-invalid', test === null);
  const counts = { all: 0, sure: 0, doubtful: 0, empty: 0, failed: 0 };
  const current = shown[active];
  shown = [];
  for (const p of photos) {
    p.kind = kindOf(p, limit);
    if (test === null || !test(p)) continue;
    ++counts.all;
    ++counts[p.kind];
    if (show === 'all' || show === p.kind) shown.push(p);
  }
  shown.sort(orders[byId('sort').value]);
  for (const radio of document.forms.tools.elements.show) radio.parentElement.lastElementChild.textContent = counts[radio.value];
  byId('count').textContent = test === null ? 'not a regular expression' : `${shown.length} of ${photos.length}`;
  byId('nothing').hidden = shown.length > 0 || photos.length === 0;
  active = Math.max(0, shown.indexOf(current));
  cards.forEach(card => card.remove());
  cards.clear();
  layOut();
}

// ---- cards: only those in view and a little beyond are in the document ---------------------------------------------

const list = byId('cards'), cards = new Map();  // place in `shown` -> element
let columns = 1, cardWidth = 0, lineHeight = 0, cardHeight = 0;

function make(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

const perCent = p => {
  const value = 100 * p;
  if (value < 0.5) return '< 1 %';
  return (value >= 99.95 || value < 10 ? Math.round(value) : value.toFixed(value > 99 ? 1 : 0)) + ' %';
};
const verdict = p => p.kind === 'failed' ? 'failed' : p.kind === 'empty' ? 'no digits' : perCent(p.confidence);

function cardOf(p, place) {
  const item = make('li'), card = make('button', 'card'), picture = make('span', 'picture');
  card.type = 'button';
  if (p.error !== undefined) {
    picture.append(make('span', 'why', p.error));
  } else {
    const image = make('img');
    [image.width, image.height] = p.size;
    image.decoding = 'async';
    image.alt = '';
    image.src = stem(p) + '.jpg';
    picture.append(image);
  }
  const first = make('span', 'line'), second = make('span', 'line');
  first.append(make('span', 'text', (p.text || '').replace(/\n/g, ' / ')), make('span', 'share ' + p.kind, verdict(p)));
  second.append(make('bdi', 'path', p.path));
  card.append(picture, first, second);
  card.title = p.path;
  card.tabIndex = place === active ? 0 : -1;
  card.addEventListener('click', () => { active = place; openPhoto(place); });
  item.setAttribute('aria-setsize', shown.length);
  item.setAttribute('aria-posinset', place + 1);
  item.append(card);
  return item;
}

function layOut() {
  const style = getComputedStyle(list), px = name => parseFloat(style.getPropertyValue(name));
  const gap = px('--gap'), width = list.clientWidth;
  columns = Math.max(1, Math.floor((width + gap) / (px('--width') + gap)));
  cardWidth = (width - (columns - 1) * gap) / columns;
  cardHeight = px('--height');
  lineHeight = cardHeight + gap;
  list.style.height = Math.max(0, Math.ceil(shown.length / columns) * lineHeight - gap) + 'px';
  for (const [place, card] of cards) put(card, place, gap);
  showInView(gap);
}

function put(card, place, gap) {
  const column = place % columns, line = Math.floor(place / columns);
  card.style.width = cardWidth + 'px';
  card.style.transform = `translate(${column * (cardWidth + gap)}px, ${line * lineHeight}px)`;
}

function inView() {
  const top = -list.getBoundingClientRect().top, bottom = top + window.innerHeight, beyond = lineHeight;
  return [Math.max(0, Math.floor((top - beyond) / lineHeight)) * columns,
          Math.min(shown.length, Math.ceil((bottom + beyond) / lineHeight) * columns)];
}

function showInView(gap = lineHeight - cardHeight) {
  const [from, to] = inView();
  for (const [place, card] of cards)
    if (place < from || place >= to) { card.remove(); cards.delete(place); }
  for (let place = from; place < to; ++place) {
    if (cards.has(place)) continue;
    const card = cardOf(shown[place], place);
    put(card, place, gap);
    cards.set(place, card);
    const later = cards.get(place + 1);  // readers and Tab go by the order in the document
    later ? later.before(card) : list.append(card);
  }
  if (!cards.has(active) && from < to && !document.activeElement.closest('#cards')) moveTab(from);
}

function moveTab(place) {
  if (cards.has(active)) cards.get(active).firstChild.tabIndex = -1;
  active = place;
  if (cards.has(active)) cards.get(active).firstChild.tabIndex = 0;
}

// To the card at `place`, scrolled to where it is seen whole.
function go(place) {
  if (shown.length === 0) return;
  moveTab(Math.min(Math.max(place, 0), shown.length - 1));
  const listTop = list.getBoundingClientRect().top, top = listTop + Math.floor(active / columns) * lineHeight;
  const header = document.querySelector('body > header').getBoundingClientRect().bottom;
  if (top < header + 8) window.scrollBy(0, top - header - 8);
  else if (top + cardHeight > window.innerHeight - 8) window.scrollBy(0, top + cardHeight - window.innerHeight + 8);
  showInView();
  moveTab(active);
  cards.get(active)?.firstChild.focus({ preventScroll: true });
}

function onKey(event) {
  const field = event.target.closest('input, select, dialog');
  if (event.ctrlKey || event.altKey || event.metaKey || field) return;
  const page = Math.max(1, Math.floor(window.innerHeight / lineHeight) - 1) * columns;
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -page, PageDown: page,
                  Home: -Infinity, End: Infinity };
  const onCard = document.activeElement.closest('#cards') !== null;
  if (event.key === '/') byId('search').focus();
  else if (event.key in steps && onCard) go(active + steps[event.key]);
  else if (event.key.startsWith('Arrow')) go(active);  // the other keys scroll until a card is chosen
  else return;
  event.preventDefault();
}

// ---- the state of the page in its address, so that it can be linked to ---------------------------------------------

function fromAddress() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const choose = (id, value) => { if ([...byId(id).options].some(o => o.value === value)) byId(id).value = value; };
  byId('search').value = wanted.get('search') || '';
  byId('regex').checked = wanted.has('regex');
  choose('limit', wanted.get('limit'));
  choose('sort', wanted.get('sort'));
  for (const radio of document.forms.tools.elements.show) if (radio.value === wanted.get('show')) radio.checked = true;
  return wanted.get('photo');
}

function toAddress(open) {
  const state = new URLSearchParams();
  if (byId('search').value) state.set('search', byId('search').value);
  if (byId('regex').checked) state.set('regex', '1');
  if (byId('limit').value !== '0.9') state.set('limit', byId('limit').value);
  if (byId('sort').value !== 'run') state.set('sort', byId('sort').value);
  if (document.forms.tools.elements.show.value !== 'all') state.set('show', document.forms.tools.elements.show.value);
  if (open) state.set('photo', `${open.part}.${open.number}`);
  try { history.replaceState(null, '', '#' + state); } catch { }  // some browsers let no file do so
}

// ---- the run as a whole --------------------------------------------------------------------------------------------

function summarize() {
  const tally = { read: 0, empty: 0, failed: 0, digits: 0 };
  for (const p of photos) {
    ++tally[p.error !== undefined ? 'failed' : p.digits ? 'read' : 'empty'];
    tally.digits += p.digits;
  }
  byId('summary').replaceChildren(
    ...[[photos.length, 'photos: '], [tally.read, 'read, '], [tally.empty, 'empty, '], [tally.failed, 'failed; '],
        [tally.digits, 'digits']].flatMap(([n, what]) => [make('b', '', n.toLocaleString('en')), ' ' + what]));
  const say = { reading: 'was still being read, or was ended from outside, when this page was loaded: what was finished is here',
                interrupted: 'was interrupted: what was finished is here', failed: 'ended early: what was finished is here' };
  const named = part => parts === 1 ? 'The run' : `Part ${part} of ${parts}`;
  const notes = states.filter(s => say[s.state]).map(s => `${named(s.part)} ${say[s.state]}.`);
  const there = new Set(states.map(s => s.part)), missing = [];
  for (let part = 1; part <= parts && missing.length < 20; ++part) if (!there.has(part)) missing.push(part);
  if (there.size < parts) notes.push(`Of ${parts} parts ${parts - there.size} are not in this folder: ` + missing.join(', ') +
                                     (there.size + missing.length < parts ? ', ...' : '.'));
  byId('notes').textContent = notes.join(' ');
  byId('notes').hidden = notes.length === 0;
}

async function start() {
  const wanted = fromAddress();
  await loadAll();
  summarize();
  apply();
  const change = () => { window.scrollTo(0, 0); apply(); toAddress(); };
  document.forms.tools.addEventListener('input', change);
  document.forms.tools.addEventListener('submit', event => { event.preventDefault(); go(0); });
  document.addEventListener('keydown', onKey);
  byId('search').addEventListener('keydown', event => { if (event.key === 'ArrowDown') { event.preventDefault(); go(0); } });
  window.addEventListener('scroll', () => showInView(), { passive: true });
  window.addEventListener('resize', layOut);
  const place = shown.findIndex(p => `${p.part}.${p.number}` === wanted);
  if (place >= 0) { active = place; openPhoto(place); }
  document.documentElement.dataset.ready = Math.round(performance.now());  // milliseconds since it was opened
}
document.addEventListener('DOMContentLoaded', start);
