// page_assets.h -- style and script of the page of failures.
#pragma once

namespace chiffre::evaluation {

inline constexpr const char* kPageStyle = R"(
:root { color-scheme: light dark; --line: #8886; --wrong: #d00; --missed: #b60; --invented: #a0c; --rejected: #07c; }
body { font: 15px/1.4 system-ui, sans-serif; margin: 0 auto; max-width: 1200px; padding: 0 1rem 3rem; }
h1 { font-size: 1.3rem; }
pre { font: 14px/1.35 ui-monospace, monospace; overflow-x: auto; margin: .4rem 0; }
nav { position: sticky; top: 0; z-index: 1; display: flex; gap: .8rem; align-items: center; flex-wrap: wrap;
      padding: .6rem 0; background: Canvas; border-bottom: 1px solid var(--line); }
nav input { flex: 1 1 16rem; font: inherit; padding: .3rem .5rem; }
nav select { font: inherit; padding: .3rem; }
article { display: flex; gap: 1rem; padding: 1rem 0; border-bottom: 1px solid var(--line);
          content-visibility: auto; contain-intrinsic-size: auto 260px; }
article[hidden] { display: none; }
article > a { flex: 0 0 240px; }
article > a img { width: 240px; height: auto; background: #8882; }
article > div { flex: 1; min-width: 0; }
h2 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
p { margin: .2rem 0; }
.groups, figcaption, summary, .rows sub { color: GrayText; }
.diff span { display: block; margin-bottom: .3rem; }
.diff b { color: #fff; border-radius: 2px; }
b.s { background: var(--wrong); } b.m { background: var(--missed); }
b.i { background: var(--invented); } b.r { background: var(--rejected); }
.legend b { color: #fff; padding: 0 .3rem; border-radius: 2px; font-weight: normal; }
.rows { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
figure { margin: .8rem 0; } figure img { max-width: 100%; height: auto; border: 1px solid var(--line); }
@media (max-width: 640px) { article { flex-direction: column; } }
)";

// Entries are filtered by all words of the field, each found anywhere in the entry's parts of class `find`. What is
// compared is gathered once, so that a thousand entries are filtered between two key strokes. The field begins with
// what follows '#' in the address: a filtered page can be linked to.
inline constexpr const char* kPageScript = R"(
const field = document.getElementById('filter'), order = document.getElementById('order');
const count = document.getElementById('count'), list = document.getElementById('list');
const entries = [...list.children];
const texts = new Map(entries.map(e => [e, [...e.querySelectorAll('.find')].map(f => f.textContent).join(' ').toLowerCase()]));
function filter() {
  const words = field.value.toLowerCase().split(/\s+/).filter(w => w);
  let shown = 0;
  for (const e of entries) {
    e.hidden = !words.every(w => texts.get(e).includes(w));
    shown += !e.hidden;
  }
  count.textContent = shown + ' of ' + entries.length;
}
function sort() {
  const key = order.value, sign = key === 'order' ? 1 : -1;
  entries.sort((a, b) => sign * (a.dataset[key] - b.dataset[key]) || a.dataset.order - b.dataset.order);
  list.append(...entries);
}
try { field.value = decodeURIComponent(location.hash.slice(1)) || field.value; } catch { }
field.addEventListener('input', filter);
order.addEventListener('change', sort);
filter();
if (order.value !== 'order') sort();
)";

}  // namespace chiffre::evaluation
