import { el, icon, shape } from '/shared/dom.js'
import { keepName, nameField, playerName, recall, remember, tidyName } from '/shared/names.js'
import { EMOTES } from './emotes.js'

/** @typedef {import('./bunny.js').Player} Player */

const HUES = [350, 20, 42, 70, 120, 165, 195, 220, 260, 300]
const HUE_NAMES = 'Rose Apricot Honey Lime Clover Mint Sky Bluebell Lavender Orchid'.split(' ')
const KEY = 'playpipe.bunnies.hue'

/** @param {HTMLElement} element @param {number} hue */
const colored = (element, hue) => {
  element.style.setProperty('--fur', `hsl(${hue} 66% 76%)`)
  return element
}

function firstHue() {
  const kept = Number(recall(KEY) ?? Number.NaN)
  return HUES.includes(kept) ? kept : (HUES[Math.floor(Math.random() * HUES.length)] ?? 120)
}

/**
 * The player's own name and colour: a button in the dock, and the dialog to change them.
 *
 * @param {() => void} changed
 */
export function identity(changed) {
  const { name, fresh } = playerName()
  const me = { name, hue: firstHue(), fresh }
  const dot = el('span', { class: 'dot', 'aria-hidden': 'true' })
  const label = el('span', { class: 'me-name' })
  const button = el(
    'button',
    { class: 'pp-button me', type: 'button', 'aria-haspopup': 'dialog', onclick: edit },
    dot,
    el('span', { class: 'pp-hidden' }, 'You are '),
    label,
    icon('pencil'),
  )
  show()

  function show() {
    label.textContent = me.name
    colored(dot, me.hue)
  }

  function edit() {
    const field = nameField(me.name)
    const colors = el('fieldset', { class: 'furs' }, el('legend', {}, 'Your fur'))
    for (const [i, hue] of HUES.entries()) {
      const radio = el('input', { type: 'radio', name: 'fur', value: hue, 'aria-label': HUE_NAMES[i] ?? '' })
      radio.checked = hue === me.hue
      colors.append(colored(radio, hue))
    }
    const form = el(
      'form',
      { method: 'dialog', class: 'pp-form me-form' },
      el('h2', {}, 'You'),
      field.element,
      colors,
      el('button', { class: 'pp-button pp-primary' }, 'Save'),
    )
    const dialog = el(
      'dialog',
      { class: 'pp-dialog', 'aria-label': 'Your name and colour', onclose: () => dialog.remove() },
      form,
    )
    dialog.addEventListener('click', (event) => event.target === dialog && dialog.close())
    form.addEventListener('submit', () => {
      me.name = tidyName(field.input.value) || me.name
      me.hue = Number(new FormData(form).get('fur') ?? me.hue)
      keepName(me.name)
      remember(KEY, `${me.hue}`)
      show()
      changed()
    })
    document.body.append(dialog)
    dialog.showModal()
    field.input.select()
  }

  return { me, button }
}

/** @param {(emote: string) => void} say */
export function emoteBar(say) {
  const buttons = EMOTES.map(({ name, label, d, color }, i) => {
    const button = el(
      'button',
      {
        class: 'pp-button emote',
        type: 'button',
        'aria-label': label,
        'aria-keyshortcuts': i + 1,
        onclick: () => say(name),
      },
      shape(d, { fill: true }),
    )
    button.style.setProperty('--emote', color)
    return button
  })
  return el('div', { class: 'emotes', role: 'group', 'aria-label': 'Say something' }, ...buttons)
}

const CARROT =
  'M6 21.5c-1.5.5-3-1-2.5-2.5l5.2-11.2c1-2 3.3-2.3 5-.6l3.1 3.1c1.7 1.7 1.4 4-.6 5L6 21.5ZM15.5 7.5c-.3-2.7.8-4.6 2.8-5.5.9 1.7.8 2.8.3 3.4.6-.5 1.7-.6 3.4.3-.9 2-2.8 3.1-5.5 2.8l-1-1Z'

/** Who is here and how much they ate: for everyone to see, and the room in words for those who cannot see it. */
export function playerList() {
  const count = el('span', { class: 'players-count' })
  const list = el('ol', { class: 'players-list' })
  const element = el('details', { class: 'players' }, el('summary', {}, icon('people'), count, icon('down')), list)
  element.open = matchMedia('(min-width: 900px)').matches

  /** @param {Player[]} players @param {number} you */
  function show(players, you) {
    count.textContent = players.length === 1 ? '1 bunny' : `${players.length} bunnies`
    const ranked = [...players].sort((a, b) => b.carrots - a.carrots || a.name.localeCompare(b.name) || a.id - b.id)
    list.replaceChildren(...ranked.map((player) => entry(player, player.id === you)))
  }
  show([], 0)
  return { element, show }
}

/** @param {Player} player @param {boolean} mine */
function entry({ id, name, hue, carrots, away }, mine) {
  return el(
    'li',
    { 'data-id': id, 'aria-current': mine ? 'true' : undefined },
    colored(el('span', { class: 'dot', 'aria-hidden': 'true' }), hue),
    el('span', { class: 'players-name' }, name),
    ...(mine ? [el('span', { class: 'players-you' }, 'you')] : []),
    ...(away ? [el('span', { class: 'players-you' }, 'away')] : []),
    el(
      'span',
      { class: 'players-score' },
      `${carrots}`,
      shape(CARROT, { fill: true }),
      el('span', { class: 'pp-hidden' }, 'carrots'),
    ),
  )
}
