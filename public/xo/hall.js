import { el, icon } from '/shared/dom.js'
import { toast } from '/shared/toast.js'
import { glyph } from './glyph.js'
import { chooseBoard } from './setup.js'
import { signIn } from './sign-in.js'
import { boardWords } from './words.js'

/** @typedef {import('./lobby.js').Lobby} Lobby */
/** @typedef {import('./lobby.js').LobbyGame} LobbyGame */
/** @typedef {import('./lobby.js').Admission} Admission */

/**
 * What is before the first game: who you are, the games that wait, and those that can be watched.
 *
 * @param {Lobby} lobby
 * @param {{ name: () => string, play: (admission: Admission, watch: boolean) => void }} act
 */
export function createHall(lobby, { name, play }) {
  const list = el('ul', { class: 'waiting-list' })
  const count = el('h2', { class: 'hall-count', 'aria-live': 'polite' })
  const notice = el('p', { class: 'hall-notice', role: 'status', hidden: true })
  const who = el('div')
  const element = el(
    'div',
    { class: 'hall', hidden: true },
    el('div', { class: 'hall-logo', 'aria-hidden': 'true' }, glyph('X', 12), glyph('O', 4)),
    el('div', { class: 'hall-who' }, notice, who),
    el('section', { class: 'card hall-games', 'aria-label': 'Games' }, count, list),
  )
  /** What is wanted of the lobby once it knows who asks. @type {(() => Promise<void>) | undefined} */
  let wanted
  /** Whom the card is about; undefined where it asks. @type {import('./lobby.js').Account | undefined} */
  let known

  /** @param {() => Promise<Admission>} ask @param {boolean} [watch] */
  async function go(ask, watch = false) {
    const attempt = async () => play(await ask(), watch)
    if (!lobby.me) {
      wanted = attempt
      who.querySelector('input')?.focus()
      return toast('First say who you are.')
    }
    try {
      await attempt()
    } catch (error) {
      toast(error instanceof Error ? error.message : `${error}`)
      showWho()
    }
  }

  function showWho() {
    const { me } = lobby
    known = me
    if (!me) {
      who.replaceChildren(signIn(lobby, name(), entered))
      return
    }
    who.replaceChildren(
      el(
        'div',
        { class: 'card hall-me' },
        el('p', { class: 'hall-hello' }, 'You are ', el('strong', {}, me.name), me.guest ? ', a guest' : ''),
        el(
          'div',
          { class: 'hall-acts' },
          act('pp-primary', 'next', 'Play now', () => go(() => lobby.quickMatch())),
          act('', 'grid', 'New game', () =>
            chooseBoard({ side: 6, line: 4 }, (board) => go(() => lobby.create(board))),
          ),
        ),
        el('button', { class: 'hall-out', type: 'button', onclick: out }, me.guest ? 'Be somebody else' : 'Sign out'),
      ),
    )
  }

  /** @param {string} kind @param {import('/shared/dom.js').IconName} picture @param {string} words @param {() => void} act */
  const act = (kind, picture, words, act) =>
    el('button', { class: `pp-button ${kind}`, type: 'button', onclick: act }, icon(picture), words)

  async function entered() {
    showWho()
    const then = wanted
    wanted = undefined
    await then?.().catch((error) => say(error.message))
  }

  async function out() {
    await lobby.logOut().catch((error) => toast(error.message))
    showWho()
  }

  /** What there is to know about the link that somebody came by. @param {...(string | Node)} words */
  function say(...words) {
    notice.replaceChildren(...words)
    notice.hidden = notice.textContent === ''
  }

  function showGames() {
    const games = lobby.list()
    const open = games.filter((game) => game.open).length
    const words =
      open === 0
        ? 'Nobody is waiting right now'
        : open === 1
          ? 'One game waits for a player'
          : `${open} games wait for a player`
    if (count.textContent !== words) count.textContent = words
    const before = new Map([...list.children].map((item) => [item.getAttribute('data-id'), item]))
    // An entry that says the same as before stays: the focus may be on it.
    list.replaceChildren(
      ...games.map((game) => {
        const text = JSON.stringify([game.open, game.players, game.metadata, game.parameters])
        const old = before.get(game.id)
        return old instanceof HTMLElement && old.dataset.text === text ? old : entry(game, text)
      }),
    )
    if (games.length === 0)
      list.replaceChildren(el('li', { class: 'nobody' }, 'Begin a game: whoever comes next sees it here at once.'))
  }

  /** @param {LobbyGame} game @param {string} text */
  function entry(game, text) {
    const { metadata, open } = game
    const { side } = boardOf(game)
    const title = titleOf(game)
    const below = `${boardWords(boardOf(game))}${open ? '' : metadata.state === 'over' ? ' · over' : ' · playing'}`
    const picture = el(
      'span',
      { class: 'mini', 'aria-hidden': 'true' },
      ...Array.from({ length: side * side }, () => el('i')),
    )
    picture.style.setProperty('--side', `${side}`)
    const buttons = [
      ...(open
        ? [
            el(
              'button',
              {
                class: 'pp-button pp-small pp-primary',
                type: 'button',
                onclick: () => go(() => lobby.ticket(game.id, false)),
              },
              'Join',
            ),
          ]
        : []),
      el(
        'button',
        {
          class: 'pp-button pp-small',
          type: 'button',
          'aria-label': `Watch ${title}`,
          onclick: () => go(() => lobby.ticket(game.id, true), true),
        },
        icon('eye'),
        ...(open ? [] : ['Watch']),
      ),
    ]
    return el(
      'li',
      { class: 'waiting', 'data-id': game.id, 'data-text': text },
      picture,
      el('span', { class: 'waiting-text' }, el('strong', {}, title), el('span', {}, below)),
      ...buttons,
    )
  }

  return {
    element,
    get open() {
      return !element.hidden
    },
    /**
     * @param {(string | Node)[]} words what to say first
     * @param {() => Promise<void>} [then] where to go once the visitor has said who it is
     */
    show(words, then) {
      say(...words)
      wanted = then
      // What somebody is writing there stays.
      if (element.hidden || known !== lobby.me) showWho()
      if (!element.hidden) return
      element.hidden = false
      showGames()
      lobby.follow(showGames)
    },
    hide() {
      element.hidden = true
      lobby.stop()
    },
  }
}

/** @param {LobbyGame} game @param {boolean} watch what there is to say to who came by a link to it */
export function invitation(game, watch) {
  const board = boardWords(boardOf(game))
  if (!game.open || watch) return `${titleOf(game)}: ${board}. You can watch.`
  const [name] = namesIn(game)
  return name === undefined ? `You are invited: ${board}` : `${name} invites you: ${board}`
}

/** @param {LobbyGame} game */
const boardOf = ({ metadata, parameters }) => ({
  side: Number(metadata.side ?? parameters.side ?? 6),
  line: Number(metadata.line ?? parameters.line ?? 4),
})

/** @param {LobbyGame} game @returns {string[]} */
const namesIn = ({ metadata, players }) =>
  Array.isArray(metadata.players) && metadata.players.length > 0
    ? metadata.players.map(String)
    : players.map(({ name }) => name)

/** @param {LobbyGame} game */
function titleOf(game) {
  const [a, b] = namesIn(game)
  if (a === undefined) return 'Nobody sits here yet'
  return b === undefined ? `${a} waits` : `${a} against ${b}`
}
