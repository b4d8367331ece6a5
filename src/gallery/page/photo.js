// photo.js -- one photo: its reading drawn in, each digit as the photo and as the network has it, and the stages.
'use strict';

const STAGES = ['decode', 'binarize', 'segment', 'order', 'normalize', 'classify', 'assemble'];
const SURE = 0.95, LIKELY = 0.7;  // of a digit, as --annotate colours them
const details = new Map();        // by stem; what was looked at stays loaded
let opened = -1;                  // place in the list; -1: none

// Called by the file of a photo: src/gallery/entry.h. record: an object of JSON Lines, docs/output.md.
function detail(part, number, record, pictures) {
  details.set(stem({ part, number }), { record, pictures });
}

const kindOfDigit = d => d.digit === '?' || d.confidence < LIKELY ? 'failed' : d.confidence < SURE ? 'doubtful' : 'sure';

function svg(name, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

// A window onto a picture that lies at x, y and is w wide and h high, in the units of `view`.
function windowOnto(file, [x, y, w, h], view, label) {
  const box = svg('svg', { viewBox: view.join(' '), role: 'img', 'aria-label': label });
  box.append(svg('image', { href: file, x, y, width: w, height: h, preserveAspectRatio: 'none' }));
  return box;
}

// The photo with a box for each digit; returns the boxes beside it, in the order of the reading.
function drawing(p, record, pictures) {
  const block = make('div', 'photo'), view = pictures.view, boxes = [];
  const picture = windowOnto(stem(p) + '-photo.jpg', view, view, 'photo with the reading drawn in');
  for (const row of record.rows)
    for (const d of row.digits) {
      const [x, y, width, height] = d.box, kind = kindOfDigit(d);
      const size = Math.min(Math.max(height * 0.55, view[3] / 60), view[3] / 12);
      const box = svg('rect', { x, y, width, height, class: kind });
      const digit = svg('text', { x: x + width / 2, y: y - size * 0.2, 'font-size': size, class: kind });
      digit.textContent = d.digit;
      picture.append(box, digit);
      boxes.push(box);
    }
  const tools = make('div', 'tools'), toggle = make('label'), check = make('input');
  check.type = 'checkbox';
  check.checked = true;
  check.addEventListener('change', () => block.classList.toggle('plain', !check.checked));
  toggle.append(check, ' reading drawn in');
  tools.append(toggle);
  if (pictures.original) {
    const link = make('a', '', 'the photo itself');
    link.href = pictures.original;
    link.target = '_blank';
    link.rel = 'noopener';
    tools.append(link);
  }
  block.append(picture, tools);
  return { block, boxes };
}

// A little wider than the digit, and square, so that neighbours show whether it was cut well.
function around([x, y, w, h]) {
  const side = 1.25 * Math.max(w, h);
  return [x + (w - side) / 2, y + (h - side) / 2, side, side];
}

function digitItem(p, d, index, pictures, box) {
  const item = make('li'), pair = make('div', 'pair'), columns = pictures.cropColumns;
  pair.append(windowOnto(stem(p) + '-photo.jpg', pictures.view, around(d.box), 'as in the photo'));
  const tile = windowOnto(stem(p) + '-crops.jpg', [0, 0, 32 * columns, 32 * Math.ceil(pictures.crops / columns)],
                          [32 * (index % columns), 32 * Math.floor(index / columns), 32, 32], 'as the network saw it');
  tile.classList.add('tile');
  pair.append(tile);
  const line = make('div');
  line.append(make('b', 'digits ' + kindOfDigit(d), d.digit), ' ', make('span', '', perCent(d.confidence)));
  const others = d.alternatives.filter(([digit]) => digit !== d.digit).slice(0, 2);
  item.append(pair, line);
  for (const [digit, confidence] of others) item.append(make('div', 'others', `${digit} ${perCent(confidence)}`));
  item.addEventListener('pointerenter', () => box.classList.add('marked'));
  item.addEventListener('pointerleave', () => box.classList.remove('marked'));
  return item;
}

function rowBlocks(p, record, pictures, boxes) {
  const block = make('div');
  let index = 0;
  pictures.crops = boxes.length;
  for (const row of record.rows) {
    const section = make('section', 'row'), head = make('h3'), crops = make('ul', 'crops');
    head.append(make('span', 'digits', row.text), make('span', 'share', perCent(row.confidence)));
    if (row.satisfied === false) head.append(make('span', 'share doubtful', 'not as expected'));
    let at = 0;  // in the text, whose spaces are gaps
    for (const d of row.digits) {
      const item = digitItem(p, d, index, pictures, boxes[index]);
      if (row.text[at] === ' ') { ++at; item.classList.add('gap'); }
      ++at;
      ++index;
      crops.append(item);
    }
    section.append(head, crops);
    block.append(section);
  }
  if (record.rows.length === 0) block.append(make('p', 'empty', 'No digits were found.'));
  block.append(facts(record));
  return block;
}

function facts(record) {
  const block = make('dl');
  const say = (what, value) => block.append(make('dt', '', what), make('dd', '', value));
  if (record.rows.length > 0) say('all rows right', perCent(record.confidence));
  say('size', `${record.width} x ${record.height} pixels`);
  if (record.turned) say('turned', `${record.turned.degrees} degrees clockwise (${perCent(record.turned.confidence)})`);
  for (const warning of record.warnings || []) say('warning', warning);
  const times = Object.entries(record.ms || {});
  say('time', `${times.reduce((sum, [, ms]) => sum + ms, 0).toFixed(0)} ms on ${record.device}: ` +
              times.map(([stage, ms]) => `${stage} ${ms.toFixed(1)}`).join(', '));
  return block;
}

// For a shell, whatever the name is.
const quoted = text => /^[\w./+:@-]+$/.test(text) && !text.startsWith('-') ? text : "'" + text.replace(/'/g, "'\\''") + "'";

function stageBlock(p, pictures) {
  if (!pictures.stages) {
    const block = make('p', 'wide', 'Pictures of the stages: ');
    block.append(make('code', '', 'analyze --debug stages ' + quoted(p.path)));
    return block;
  }
  const block = make('details', 'wide'), [folder, extension] = pictures.stages;
  const figures = make('div', 'stages');
  block.append(make('summary', '', 'What each stage saw'), figures);
  STAGES.forEach((stage, i) => {
    const figure = make('figure'), link = make('a'), image = make('img');
    image.loading = 'lazy';
    image.alt = `${stage} of ${p.path}`;
    image.src = link.href = `${folder}${i + 1}_${stage}${extension}`;
    link.target = '_blank';
    link.append(image);
    figure.append(make('figcaption', '', `${i + 1} ${stage}`), link);
    figures.append(figure);
  });
  return block;
}

async function openPhoto(place) {
  const p = shown[place], dialog = byId('photo'), name = make('bdi', '', p.path);
  opened = place;
  byId('name').replaceChildren(name);
  byId('place').textContent = `${place + 1} of ${shown.length}`;
  byId('previous').disabled = place === 0;
  byId('next').disabled = place === shown.length - 1;
  byId('detail').replaceChildren();
  if (!dialog.open) dialog.showModal();
  toAddress(p);
  if (p.error !== undefined) {
    byId('detail').replaceChildren(make('p', 'failed wide', p.error));
    return;
  }
  if (!details.has(stem(p))) await load(stem(p) + '.js');
  if (opened !== place || shown[place] !== p) return;  // the next one was asked for meanwhile
  const known = details.get(stem(p));
  if (!known) {
    byId('detail').replaceChildren(make('p', 'failed wide', `${stem(p)}.js is missing or damaged.`));
    return;
  }
  const { block, boxes } = drawing(p, known.record, known.pictures);
  byId('detail').replaceChildren(block, rowBlocks(p, known.record, known.pictures, boxes), stageBlock(p, known.pictures));
  byId('detail').scrollTop = 0;
}

// By Escape the browser closes the dialog, and tells of it when it finds the time.
function closed() {
  if (opened < 0 || byId('photo').open) return;  // told before, or another one was opened meanwhile
  const place = opened;
  opened = -1;
  toAddress();
  go(place);
}

function closePhoto() {
  byId('photo').close();
  closed();
}

byId('previous').addEventListener('click', () => { if (opened > 0) openPhoto(opened - 1); });
byId('next').addEventListener('click', () => { if (opened < shown.length - 1) openPhoto(opened + 1); });
byId('close').addEventListener('click', closePhoto);
byId('photo').addEventListener('click', event => { if (event.target === byId('photo')) closePhoto(); });
byId('photo').addEventListener('keydown', event => {
  if (event.key === 'ArrowLeft') byId('previous').click();
  else if (event.key === 'ArrowRight') byId('next').click();
});
byId('photo').addEventListener('close', closed);
