import { el, icon } from './dom.js'

const KEY = 'playpipe.name'
export const NAME_LENGTH = 16
const IDEAS =
  'Clover Biscuit Pepper Hazel Maple Thistle Nutmeg Poppy Truffle Willow Fern Olive Sorrel Pip Juniper Barley'.split(
    ' ',
  )

/** @param {string} name */
export const tidyName = (name) => [...name.replace(/\s+/g, ' ').trim()].slice(0, NAME_LENGTH).join('').trim()

export const randomName = () => IDEAS[Math.floor(Math.random() * IDEAS.length)] ?? 'Clover'

/**
 * What a player is called: as the link says (`?name=Ada`), else as last time, else something nice.
 *
 * @returns {{ name: string, fresh: boolean }} `fresh` when the player has not chosen it
 */
export function playerName() {
  const asked = tidyName(new URLSearchParams(location.search).get('name') ?? '')
  if (asked) return { name: asked, fresh: false }
  const kept = tidyName(recall(KEY) ?? '')
  return kept ? { name: kept, fresh: false } : { name: randomName(), fresh: true }
}

/** @param {string} name */
export function keepName(name) {
  remember(KEY, name)
  const url = new URL(location.href)
  if (!url.searchParams.has('name')) return
  // A reload must not bring the old name back.
  url.searchParams.set('name', name)
  history.replaceState(history.state, '', url)
}

/** Storage may be forbidden (private windows, embedded pages); a game goes on without it. @param {string} key */
export function recall(key) {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

/** @param {string} key @param {string} value */
export function remember(key, value) {
  try {
    localStorage.setItem(key, value)
  } catch {
    // Forbidden or full: the value lasts as long as the page.
  }
}

/** A field for the player's name with a button that proposes one. @param {string} name */
export function nameField(name) {
  const input = el('input', {
    class: 'pp-field',
    id: 'pp-name',
    value: name,
    maxlength: NAME_LENGTH,
    autocomplete: 'nickname',
    spellcheck: 'false',
    enterkeyhint: 'done',
  })
  const dice = el(
    'button',
    {
      class: 'pp-button pp-round',
      type: 'button',
      'aria-label': 'Propose a name',
      onclick: () => {
        input.value = randomName()
      },
    },
    icon('dice'),
  )
  const element = el(
    'div',
    { class: 'pp-form' },
    el('label', { for: 'pp-name' }, 'Your name'),
    el('div', { class: 'pp-row' }, input, dice),
  )
  return { element, input }
}
