import { join } from '/shared/connection.js'
import { el, icon } from '/shared/dom.js'
import { frame } from '/shared/frame.js'
import { rename } from '/shared/me.js'
import { playerName } from '/shared/names.js'
import { gameFromUrl, roomFromUrl } from '/shared/rooms.js'
import { toast } from '/shared/toast.js'
import { createHall, invitation } from './hall.js'
import { findLobby, insist, isGameId } from './lobby.js'
import { createTable } from './table.js'
import { SUGGESTIONS } from './themes.js'

/** @typedef {import('/shared/connection.js').Room} Room */
/** @typedef {import('./lobby.js').Lobby} Lobby */
/** @typedef {import('./lobby.js').Admission} Admission */

const NEEDS_TICKET = 4401

export async function start() {
  const game = gameFromUrl()
  const lobby = await findLobby(stillLoading)
  const fallback = lobby ? '' : 'lobby'
  let name = roomFromUrl(fallback)
  /** @type {Room | undefined} */
  let room
  /** The lobby's game that is played here. */
  let lobbyGame = ''
  const me = playerName()

  const page = frame({
    title: 'XO',
    room: () => name,
    choose: (chosen) => go(chosen),
    retry: () => room?.retry(),
    suggestions: SUGGESTIONS,
    game,
    example: 'secret-treehouse',
  })
  const table = await createTable(page.stage, {
    room: () => name,
    send: (line) => room?.send(line) === true,
    rename: () =>
      rename(me.name, (chosen) => {
        me.name = chosen
        table.ask('rename', { name: chosen })
      }),
    renames: () => lobbyGame === '' || !lobby?.me,
  })
  page.dock.remove()
  const hall = lobby && createHall(lobby, { name: () => me.name, play: admitted })
  const home = el(
    'button',
    { class: 'pp-button pp-home', type: 'button', 'aria-label': 'All games', onclick: () => go('') },
    icon('back'),
  )
  if (hall) {
    page.stage.append(hall.element)
    page.bar.prepend(home)
  }
  window.addEventListener('popstate', () => {
    if (roomFromUrl(fallback) !== name) enter(roomFromUrl(fallback))
  })

  /** @param {string} chosen '' is the hall */
  function go(chosen) {
    const url = new URL(location.href)
    url.searchParams.delete('watch')
    if (chosen) url.searchParams.set('room', chosen)
    else url.searchParams.delete('room')
    history.pushState(null, '', url)
    enter(chosen)
  }

  /** @param {Admission} admission @param {boolean} watch */
  function admitted({ game: { id }, ticket }, watch) {
    const url = new URL(location.href)
    url.searchParams.set('room', id)
    if (watch) url.searchParams.set('watch', '1')
    else url.searchParams.delete('watch')
    if (name === id) history.replaceState(history.state, '', url)
    else history.pushState(null, '', url)
    lobbyGame = id
    connect(id, { token: ticket, ...(watch && { watch: '1' }) })
  }

  /** @param {string} chosen a room, the lobby's game of this id, or the hall */
  async function enter(chosen) {
    leave()
    name = chosen
    const watch = new URLSearchParams(location.search).has('watch')
    if (!chosen) showHall([])
    else if (lobby && isGameId(chosen)) await enterGame(lobby, chosen, watch)
    else connect(chosen, watch ? { watch: '1' } : {})
  }

  /** @param {Lobby} lobby @param {string} id @param {boolean} watch */
  async function enterGame(lobby, id, watch) {
    const still = () => name === id
    const failed = (/** @type {string} */ why) => showHall([why])
    const play = async () => {
      const admission = await seatOrView(id, watch)
      if (still()) admitted(admission, watch)
    }
    try {
      const found = await insist(() => lobby.find(id), failed, still)
      if (!still()) return
      if (!found) showHall(['No such game is waiting. ', openRoom(id)])
      else if (found.state === 'ended') showHall(['That game has ended.'])
      else if (lobby.me) await insist(play, failed, still)
      else showHall([invitation(found, watch)], play)
    } catch (error) {
      // Whose log-in is over says who it is, and goes on.
      if (still()) showHall([error instanceof Error ? error.message : `${error}`], lobby.me ? undefined : play)
    }
  }

  /** Any room may be called like a game. @param {string} id */
  const openRoom = (id) =>
    el('button', { class: 'hall-out', type: 'button', onclick: () => connect(id, {}) }, 'Open a room of that name')

  /** A seat where one is free, else a view. @param {string} id @param {boolean} watch @returns {Promise<Admission>} */
  async function seatOrView(id, watch) {
    if (!lobby) throw new Error('There is no lobby.')
    if (watch) return lobby.ticket(id, true)
    return lobby.ticket(id, false).catch((error) => {
      if (error.status === 409) return lobby.ticket(id, true)
      throw error
    })
  }

  function leave() {
    const left = room
    room = undefined
    left?.leave()
    if (lobbyGame) lobby?.leave(lobbyGame)
    lobbyGame = ''
    table.clear()
    table.connect(false)
  }

  /** @param {(string | Node)[]} words @param {() => Promise<void>} [then] */
  function showHall(words, then) {
    document.body.classList.add('is-hall')
    document.title = 'XO'
    hall?.show(words, then)
  }

  /** @param {string} chosen @param {Record<string, string>} query */
  function connect(chosen, query) {
    room?.leave()
    name = chosen
    document.body.classList.remove('is-hall')
    hall?.hide()
    page.refresh()
    if (lobbyGame) document.title = 'XO'
    document.body.classList.toggle('is-lobby-game', lobbyGame !== '')
    table.clear()
    const joined = join(name, { name: lobby?.me?.name ?? me.name, game, query })
    room = joined
    joined.onStatus((status) => {
      if (room !== joined) return
      page.badge.show(status)
      page.stage.classList.toggle('is-away', status.state === 'waiting' || status.state === 'closed')
      table.connect(status.state === 'open')
      // A ticket opens a room once; for another time there is another.
      if (status.state === 'closed' && status.code === NEEDS_TICKET && lobbyGame) renew(chosen, 'watch' in query)
    })
    joined.onMessage((line) => room === joined && table.hear(line))
  }

  /** @param {string} id @param {boolean} watch */
  async function renew(id, watch) {
    try {
      admitted(await seatOrView(id, watch), watch)
    } catch (error) {
      toast(error instanceof Error ? error.message : `${error}`)
    }
  }

  await enter(name)

  // To look at from the console and from tests: a copy, nothing that moves the game.
  Object.defineProperty(window, 'xo', {
    get: () =>
      structuredClone({
        room: name,
        name: lobby?.me?.name ?? me.name,
        status: room?.state ?? 'closed',
        hall: hall?.open === true,
        games: lobby?.list() ?? [],
        ...table.look(),
      }),
  })
  if (me.fresh && !lobby) toast(`You are ${me.name}.`)
}

/** Before there is anything else to see. @param {string} why */
function stillLoading(why) {
  const loading = document.querySelector('#loading')
  if (loading) loading.textContent = why
}
