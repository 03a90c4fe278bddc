import { el, icon } from '/shared/dom.js'

const LENGTH = 200
const QUICK = ['Nice!', 'Hello!', 'Oh no…']

/**
 * The table talk: the last lines and a field. On a large screen it lies open beside the hand, elsewhere behind a button.
 *
 * @param {(text: string) => boolean} send
 */
export function chat(send) {
  const list = el('ol', { class: 'chat-lines', role: 'log', 'aria-label': 'Table talk' })
  const field = el('input', {
    class: 'pp-field',
    placeholder: 'Say something',
    'aria-label': 'Say something to the table',
    maxlength: LENGTH,
    autocomplete: 'off',
    enterkeyhint: 'send',
  })
  const form = el(
    'form',
    { class: 'chat-form', onsubmit: submit },
    field,
    el('button', { class: 'pp-button pp-round pp-primary', 'aria-label': 'Send' }, icon('send')),
  )
  const quick = el(
    'div',
    { class: 'chat-quick' },
    ...QUICK.map((text) => el('button', { class: 'chip', type: 'button', onclick: () => say(text) }, text)),
  )
  const panel = el('section', { class: 'chat-panel', 'aria-label': 'Chat' }, list, quick, form)
  const news = el('span', { class: 'chat-news', hidden: true })
  const toggle = el(
    'button',
    {
      class: 'pp-button pp-round chat-toggle',
      type: 'button',
      'aria-label': 'Chat',
      'aria-keyshortcuts': 'c',
      onclick: () => open(panel.hidden === true),
    },
    icon('chat'),
    news,
  )
  const element = el('div', { class: 'chat' }, panel, toggle)
  const roomy = matchMedia('(min-width: 1080px) and (min-height: 620px)')
  let unread = 0
  roomy.addEventListener('change', () => show(roomy.matches))
  show(roomy.matches)
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      event.stopPropagation()
      if (roomy.matches) field.blur()
      else open(false)
    }
  })
  document.addEventListener('pointerdown', ({ target }) => {
    if (!roomy.matches && !panel.hidden && target instanceof Node && !element.contains(target)) show(false)
  })

  /** @param {boolean} on */
  function show(on) {
    panel.hidden = !on
    toggle.setAttribute('aria-expanded', `${on}`)
    if (!on) return
    unread = 0
    news.hidden = true
    list.scrollTop = list.scrollHeight
  }

  /** @param {boolean} on */
  function open(on) {
    show(on)
    if (on) field.focus({ preventScroll: true })
    else toggle.focus()
  }

  /** @param {SubmitEvent} event */
  function submit(event) {
    event.preventDefault()
    if (say(field.value)) field.value = ''
  }

  /** @param {string} text */
  function say(text) {
    const line = text.replace(/\s+/g, ' ').trim()
    return line !== '' && send(line)
  }

  /** @param {import('./table.js').Said} said */
  function hear({ name, text, seat }) {
    const line = el('li', {}, el('b', { 'data-seat': seat < 0 ? undefined : seat }, name), ' ', text)
    list.append(line)
    while (list.children.length > 60) list.firstElementChild?.remove()
    list.scrollTop = list.scrollHeight
    if (!panel.hidden) return
    news.textContent = `${++unread}`
    news.hidden = false
  }

  return {
    element,
    hear,
    open: () => open(true),
    clear: () => list.replaceChildren(),
    get visible() {
      return !panel.hidden
    },
  }
}
