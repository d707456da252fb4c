const list = document.querySelector('#list');
const pane = document.querySelector('#message');
const state = document.querySelector('#state');
const search = document.querySelector('#search');
let messages = [];
let chosen = location.hash.slice(1);
let answers = false;

const element = (name, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
};
const people = (addresses) => addresses.map(({ name, email }) => (name ? `${name} <${email}>` : email)).join(', ');
const when = (text) => new Date(text).toLocaleString();
const matches = (message) =>
  `${people(message.to)} ${people([message.from])} ${message.subject}`
    .toLowerCase()
    .includes(search.value.trim().toLowerCase());

function renderList() {
  const shown = messages.filter(matches);
  state.textContent = `${shown.length} of ${messages.length} message${messages.length === 1 ? '' : 's'}`;
  list.replaceChildren(
    ...shown.map((message) => {
      const button = element(
        'button',
        { type: 'button', onclick: () => choose(message.id) },
        element('span', { className: 'subject', textContent: message.subject }),
        element('span', { textContent: `To ${people(message.to)}` }),
        element('span', {
          className: 'soft',
          textContent:
            when(message.receivedAt) + (message.attachmentCount ? ` · ${message.attachmentCount} attached` : ''),
        }),
        element('span', { className: 'soft', textContent: message.preview }),
      );
      button.setAttribute('aria-current', String(message.id === chosen));
      return element('li', {}, button);
    }),
  );
  if (shown.length === 0)
    list.append(
      element('li', { className: 'empty', textContent: messages.length ? 'No message matches' : 'Nothing sent yet' }),
    );
}

function renderBody(message, kind) {
  if (kind === 'text') return element('pre', { textContent: message.text ?? '' });
  const frame = element('iframe', { title: 'Message', src: `/api/messages/${message.id}/html` });
  frame.setAttribute('sandbox', 'allow-popups allow-popups-to-escape-sandbox');
  return frame;
}

const field = (label, control) => element('label', {}, element('span', { textContent: label }), control);

/** Answers as the recipient would, so that the way back is tried without a mail server. */
function renderReply(message) {
  const text = element('textarea', { rows: 5, required: true, placeholder: 'What the recipient answers' });
  const kind = element('select', {});
  for (const [value, label] of [
    ['reply', 'As a mail program'],
    ['out_of_office', 'Out of office'],
    ['bounce', 'Not delivered'],
  ])
    kind.append(element('option', { value, textContent: label }));
  const from = element('input', { type: 'email', value: message.to[0]?.email ?? '' });
  const quote = element('input', { type: 'checkbox', checked: true });
  const told = element('p', { className: 'soft' });
  told.setAttribute('role', 'status');
  const send = element('button', { type: 'submit', textContent: 'Send answer' });
  const show = () => {
    text.required = kind.value === 'reply';
    quote.disabled = kind.value !== 'reply';
    from.disabled = kind.value === 'bounce';
  };
  kind.onchange = show;
  const form = element(
    'form',
    {},
    element('h3', { textContent: `Answer to ${message.replyTo?.email ?? message.from.email}` }),
    field('Text', text),
    element(
      'div',
      { className: 'choices' },
      field('How', kind),
      field('From', from),
      field('Repeat the mail below', quote),
    ),
    element('div', { className: 'choices' }, send, told),
  );
  form.onsubmit = async (event) => {
    event.preventDefault();
    send.disabled = true;
    told.textContent = 'Sending…';
    const answer = await fetch(`/api/messages/${encodeURIComponent(message.id)}/reply`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        kind: kind.value,
        text: text.value,
        quote: quote.checked,
        ...(from.value && from.value !== message.to[0]?.email ? { from: from.value } : {}),
      }),
    }).catch(() => null);
    const { body, message: refusal } = answer ? await answer.json() : { message: 'No answer' };
    send.disabled = false;
    if (!answer?.ok) {
      told.textContent = `Refused: ${refusal ?? body}`;
      return;
    }
    const { outcome, ticket_number: number } = JSON.parse(body);
    told.textContent = number ? `Taken: ${outcome}, #${number}` : `Taken: ${outcome}`;
    text.value = '';
  };
  show();
  return form;
}

async function renderMessage() {
  if (!chosen) return pane.replaceChildren(element('p', { className: 'empty', textContent: 'Choose a message' }));
  const answer = await fetch(`/api/messages/${encodeURIComponent(chosen)}`);
  if (!answer.ok)
    return pane.replaceChildren(element('p', { className: 'empty', textContent: 'This message is no longer here' }));
  const message = await answer.json();
  const facts = [
    ['From', people([message.from])],
    ['To', people(message.to)],
    ['Cc', people(message.cc)],
    ['Bcc', people(message.bcc)],
    ['Received', when(message.receivedAt)],
  ];
  const tabs = element('nav');
  const kinds = ['html', 'text'].filter((kind) => message[kind] !== undefined);
  let body = renderBody(message, kinds[0]);
  for (const kind of kinds) {
    const button = element('button', { type: 'button', textContent: kind === 'html' ? 'HTML' : 'Text' });
    button.setAttribute('aria-pressed', String(kind === kinds[0]));
    button.onclick = () => {
      for (const other of tabs.querySelectorAll('button')) other.setAttribute('aria-pressed', String(other === button));
      const next = renderBody(message, kind);
      body.replaceWith(next);
      body = next;
    };
    tabs.append(button);
  }
  for (const file of message.attachments)
    tabs.append(
      element('a', {
        href: file.url,
        download: file.filename,
        textContent: `${file.filename} (${Math.ceil(file.size / 1024)} kB)`,
      }),
    );
  pane.replaceChildren(
    element('h2', { textContent: message.subject }),
    element(
      'dl',
      {},
      ...facts
        .filter(([, value]) => value)
        .flatMap(([name, value]) => [element('dt', { textContent: name }), element('dd', { textContent: value })]),
    ),
    tabs,
    body,
    ...(answers ? [renderReply(message)] : []),
  );
}

function choose(id) {
  // What is shown stays, with what is being written below it.
  if (id && id === chosen && pane.querySelector('h2')) return;
  chosen = id;
  history.replaceState(null, '', `#${id}`);
  renderList();
  void renderMessage();
}

async function refresh() {
  messages = await (await fetch('/api/messages')).json();
  renderList();
}

const events = new EventSource('/api/events');
events.addEventListener('change', () => void refresh());
events.onerror = () => (state.textContent = 'Disconnected; trying again…');
search.oninput = renderList;
document.querySelector('#clear').onclick = async () => {
  if (messages.length === 0 || !confirm(`Delete ${messages.length} messages?`)) return;
  await fetch('/api/messages', { method: 'DELETE' });
  choose('');
};
void fetch('/api/inbound')
  .then((answer) => answer.json())
  .then((told) => (answers = told.answers))
  .catch(() => undefined)
  .then(renderMessage);
