import { el, icon } from './dom.js'

/** Paths that the server keeps for itself. */
const RESERVED = 'api metrics health static upload robots.txt favicon.ico playpipe.js ws vendor shared'.split(' ')

/**
 * @param {string} name
 * @returns {string} what is wrong with it, in words; empty when it can be a room
 */
export function roomProblem(name) {
  if (!name) return 'A room needs a name'
  if (name.length > 128) return 'That name is too long'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the server refuses control characters, so they are looked for
  if (/[/\u0000-\u001f\u007f]/.test(name)) return 'A room name has no slashes or control characters'
  if (name === '.' || name === '..') return 'A room name needs letters'
  if (RESERVED.includes(name)) return `“${name}” is reserved by the server`
  return ''
}

/** The room in the address bar. @param {string} fallback */
export function roomFromUrl(fallback) {
  const name = new URLSearchParams(location.search).get('room')?.trim() ?? ''
  return roomProblem(name) ? fallback : name
}

/** The game that this page belongs to: `/bigtwo/` is the page of `bigtwo`, whose rooms are `/bigtwo/ROOM`. */
export const gameFromUrl = () => location.pathname.split('/')[1] ?? ''

/**
 * Rooms that are open right now, by their number of connections. Only a server with `--api` tells; one that has no such
 * address is not asked again, so that the browser's console stays clean.
 *
 * @param {string} [game] whose rooms alone are wanted; their names come without it
 * @returns {Promise<Map<string, number>>}
 */
export async function openRooms(game) {
  const rooms = new Map()
  if (sessionStorage.getItem('playpipe.api') === 'no') return rooms
  try {
    const answer = await fetch('/api/rooms/', { headers: { accept: 'application/json' } })
    if (answer.status === 404) sessionStorage.setItem('playpipe.api', 'no')
    const list = answer.ok ? await answer.json() : []
    const prefix = game ? `${game}/` : ''
    for (const { name, connections } of list) {
      if (`${name}`.startsWith(prefix)) rooms.set(`${name}`.slice(prefix.length), Number(connections) || 0)
    }
  } catch (error) {
    console.warn('The open rooms are not known:', error)
  }
  return rooms
}

/**
 * The button that names the room, and the dialog behind it.
 *
 * @param {{
 *   room: () => string,
 *   choose: (room: string) => void,
 *   suggestions: { name: string, note: string }[],
 *   game?: string,
 *   example?: string,
 * }} options
 */
export function roomPicker({ room, choose, suggestions, game, example = 'secret-burrow' }) {
  const label = el('span', { class: 'pp-room-name' })
  const button = el(
    'button',
    { class: 'pp-button pp-room', type: 'button', 'aria-haspopup': 'dialog', onclick: open },
    el('span', { class: 'pp-hidden' }, 'Room: '),
    label,
    icon('down'),
  )

  const list = el('div', { class: 'pp-rooms' })
  const problem = el('p', { class: 'pp-problem', id: 'pp-room-problem', role: 'alert' })
  const field = el('input', {
    class: 'pp-field',
    id: 'pp-room-field',
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    maxlength: 128,
    placeholder: example,
    'aria-describedby': 'pp-room-problem',
    oninput: () => problem.replaceChildren(),
  })
  const form = el(
    'form',
    { class: 'pp-form', onsubmit: submit },
    el('label', { for: 'pp-room-field' }, 'Or name a room of your own'),
    el('div', { class: 'pp-row' }, field, el('button', { class: 'pp-button pp-primary' }, 'Go')),
    problem,
  )
  const shut = el(
    'button',
    { class: 'pp-button pp-round', type: 'button', 'aria-label': 'Close', onclick: () => dialog.close() },
    icon('close'),
  )
  const dialog = el(
    'dialog',
    { class: 'pp-dialog', 'aria-labelledby': 'pp-rooms-title', onclick: closeOutside },
    el('div', { class: 'pp-dialog-head' }, el('h2', { id: 'pp-rooms-title' }, 'Where to?'), shut),
    list,
    form,
  )

  async function open() {
    fill(new Map())
    field.value = ''
    problem.textContent = ''
    document.body.append(dialog)
    dialog.showModal()
    const rooms = await openRooms(game)
    if (dialog.open && rooms.size) fill(rooms)
  }

  /** @param {Map<string, number>} rooms */
  function fill(rooms) {
    const known = new Set(suggestions.map(({ name }) => name))
    const others = [...rooms].filter(([name]) => !known.has(name)).sort((a, b) => b[1] - a[1])
    const all = [...suggestions, ...others.slice(0, 8).map(([name]) => ({ name, note: '' }))]
    if (!all.some(({ name }) => name === room())) all.push({ name: room(), note: '' })
    list.replaceChildren(...all.map(({ name, note }) => entry(name, note, rooms.get(name) ?? 0)))
  }

  /**
   * @param {string} name
   * @param {string} note
   * @param {number} count
   */
  function entry(name, note, count) {
    const here = name === room()
    const people = el('span', { class: 'pp-count' }, icon('people'), `${count}`)
    people.setAttribute('aria-label', `${count} here`)
    return el(
      'button',
      { class: 'pp-room-entry', type: 'button', 'aria-current': here ? 'true' : undefined, onclick: () => go(name) },
      el('span', { class: 'pp-room-title' }, name),
      el('span', { class: 'pp-room-note' }, here ? 'You are here' : note),
      ...(count ? [people] : []),
    )
  }

  /** @param {SubmitEvent} event */
  function submit(event) {
    event.preventDefault()
    const name = field.value.trim()
    problem.textContent = roomProblem(name)
    if (problem.textContent) field.focus()
    else go(name)
  }

  /** @param {string} name */
  function go(name) {
    dialog.close()
    if (name !== room()) choose(name)
  }

  /** @param {MouseEvent} event */
  function closeOutside(event) {
    if (event.target === dialog) dialog.close()
  }

  return {
    element: button,
    refresh: () => {
      label.textContent = room()
    },
  }
}
