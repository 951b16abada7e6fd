'use strict';
(() => {
  const all = selector => Array.from(document.querySelectorAll(selector));
  const field = document.getElementById('search');
  const found = document.getElementById('found');
  const auto = document.getElementById('auto');
  const nothing = document.querySelector('.nothing');
  const groups = all('.group').map(node => ({
    node,
    standing: node.dataset.standing,
    wasOpen: node.open,
    rows: Array.from(node.querySelectorAll(':scope > ul > li')).map(row => ({ row, text: null })),
  }));
  const number = new Intl.NumberFormat('en');

  // What is chosen stands in the address, so that a link or another load shows the same.
  const remembered = new URLSearchParams(location.hash.slice(1));
  const remember = (name, value) => {
    if (value) remembered.set(name, value); else remembered.delete(name);
    try { history.replaceState(null, '', '#' + remembered); } catch { /* a frame may forbid it */ }
  };
  const chosen = () => document.querySelector('input[name=show]:checked')?.value ?? 'all';

  const show = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const standing = chosen();
    let shown = 0;
    let total = 0;
    for (const group of groups) {
      const isChosen = standing === 'all' || standing === group.standing;
      let here = 0;
      for (const entry of group.rows) {
        if (words.length) entry.text ??= entry.row.textContent.toLowerCase();
        const fits = words.every(word => entry.text.includes(word));
        entry.row.hidden = !fits;
        if (fits) here += 1;
      }
      group.node.hidden = here === 0;
      group.node.open = words.length > 0 || standing === group.standing || group.wasOpen;
      total += group.rows.length;
      if (isChosen) shown += here;
    }
    for (const place of all('.location')) {
      place.hidden = words.length > 0 && !place.querySelector('.group:not([hidden])');
    }
    // Who searches wants the functions at once.
    document.body.classList.toggle('searching', words.length > 0);
    const isNarrowed = words.length > 0 || standing !== 'all';
    nothing.hidden = shown > 0 || !isNarrowed;
    found.textContent = isNarrowed ? `${number.format(shown)} of ${number.format(total)} shown` : '';
  };

  if (field) {
    document.querySelector('.search').hidden = false;
    field.value = remembered.get('search') ?? '';
    for (const choice of all('input[name=show]')) {
      choice.checked = choice.value === (remembered.get('show') ?? 'all');
      choice.addEventListener('change', () => { remember('show', chosen() === 'all' ? '' : chosen()); show(); });
    }
    if (!document.querySelector('input[name=show]:checked')) document.getElementById('show-all').checked = true;
    field.addEventListener('input', () => { remember('search', field.value.trim()); show(); });
    field.form.addEventListener('submit', event => event.preventDefault());
    if (field.value || chosen() !== 'all') show();
  }

  if (auto) {
    auto.checked = remembered.get('auto') === '1';
    auto.addEventListener('change', () => remember('auto', auto.checked ? '1' : ''));
    setInterval(() => {
      if (auto.checked && !document.hidden && String(getSelection()) === '') location.reload();
    }, Number(auto.dataset.seconds) * 1000);
  }

  // How long ago is what people want to know; the moment itself stays.
  const ago = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  const moments = all('time').map(node => {
    const since = document.createElement('b');
    node.before(since, node.closest('dd') ? ' ' : ', ');
    return { node, since, at: Date.parse(node.dateTime) };
  });
  const tell = () => {
    for (const { node, since, at } of moments) {
      if (Number.isNaN(at)) continue;
      const seconds = Math.round((at - Date.now()) / 1000);
      const [size, unit] = [[86400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']]
        .find(([size]) => Math.abs(seconds) >= size) ?? [1, 'second'];
      since.textContent = ago.format(Math.trunc(seconds / size), unit);
      node.title = new Date(at).toLocaleString();
    }
  };
  tell();
  setInterval(tell, 30000);
})();
