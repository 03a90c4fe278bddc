import { el, icon } from '/shared/dom.js'
import { keepName, randomName, tidyName } from '/shared/names.js'

/** @typedef {import('./lobby.js').Lobby} Lobby */
/** @typedef {'guest' | 'login' | 'signup'} Way */

const WAYS = /** @type {const} */ ([
  ['guest', 'As a guest', 'Play', 'No account, no password: just a name.'],
  ['login', 'Sign in', 'Sign in', 'Welcome back.'],
  ['signup', 'Sign up', 'Make an account', 'Your name is yours then, on every device.'],
])

/**
 * Three ways in: under a name, with an account, or with a new one.
 *
 * @param {Lobby} lobby
 * @param {string} name
 * @param {() => void} entered
 */
export function signIn(lobby, name, entered) {
  let way = /** @type {Way} */ ('guest')
  const problem = el('p', { class: 'pp-problem', role: 'alert', id: 'sign-in-problem' })
  const note = el('p', { class: 'sign-in-note' })
  const user = el('input', {
    class: 'pp-field',
    id: 'sign-in-name',
    name: 'username',
    value: name,
    maxlength: 32,
    required: true,
    autocomplete: 'username',
    autocapitalize: 'words',
    spellcheck: 'false',
    'aria-describedby': 'sign-in-problem',
  })
  const dice = el(
    'button',
    { class: 'pp-button pp-round', type: 'button', 'aria-label': 'Propose a name', onclick: propose },
    icon('dice'),
  )
  const secret = el('input', {
    class: 'pp-field',
    id: 'sign-in-password',
    name: 'password',
    type: 'password',
    minlength: 8,
    maxlength: 200,
    'aria-describedby': 'sign-in-problem',
  })
  const password = el(
    'div',
    { class: 'pp-form' },
    el('label', { for: 'sign-in-password' }, 'Password, 8 characters or more'),
    secret,
  )
  const go = el('button', { class: 'pp-button pp-primary' })
  const tabs = WAYS.map(([key, words]) =>
    el('button', { class: 'tab', type: 'button', role: 'tab', onclick: () => choose(key) }, words),
  )
  const element = el(
    'form',
    { class: 'card sign-in', onsubmit: submit },
    el('div', { class: 'tabs', role: 'tablist', 'aria-label': 'How to come in' }, ...tabs),
    note,
    el(
      'div',
      { class: 'pp-form' },
      el('label', { for: 'sign-in-name' }, 'Your name'),
      el('div', { class: 'pp-row' }, user, dice),
    ),
    password,
    go,
    problem,
  )

  function propose() {
    user.value = randomName()
  }

  /** @param {Way} chosen */
  function choose(chosen) {
    way = chosen
    const [, , act, words] = WAYS.find(([key]) => key === chosen) ?? WAYS[0]
    for (const [i, tab] of tabs.entries()) tab.setAttribute('aria-selected', `${WAYS[i]?.[0] === chosen}`)
    note.textContent = words
    go.textContent = act
    problem.textContent = ''
    password.hidden = chosen === 'guest'
    dice.hidden = chosen !== 'guest'
    secret.required = chosen !== 'guest'
    secret.autocomplete = chosen === 'signup' ? 'new-password' : 'current-password'
  }

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault()
    const called = user.value.replace(/\s+/g, ' ').trim()
    go.disabled = true
    problem.textContent = ''
    try {
      if (way === 'guest') await lobby.playAsGuest(called)
      else if (way === 'login') await lobby.logIn(called, secret.value)
      else await lobby.signUp(called, secret.value)
      keepName(tidyName(called))
      secret.value = ''
      entered()
    } catch (error) {
      problem.textContent = error instanceof Error ? error.message : `${error}`
      user.focus()
    } finally {
      go.disabled = false
    }
  }

  choose('guest')
  return element
}
