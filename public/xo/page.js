import { join } from '/shared/connection.js'
import { frame } from '/shared/frame.js'
import { playerName } from '/shared/names.js'
import { gameFromUrl, roomFromUrl } from '/shared/rooms.js'
import { toast } from '/shared/toast.js'
import { rename } from './me.js'
import { createTable } from './table.js'
import { SUGGESTIONS } from './themes.js'

/** @typedef {import('/shared/connection.js').Room} Room */

export async function start() {
  const game = gameFromUrl()
  let name = roomFromUrl('lobby')
  /** @type {Room | undefined} */
  let room
  const me = playerName()

  const page = frame({
    title: 'XO',
    room: () => name,
    choose: (chosen) => {
      const url = new URL(location.href)
      url.searchParams.set('room', chosen)
      history.pushState(null, '', url)
      enter(chosen)
    },
    retry: () => room?.retry(),
    suggestions: SUGGESTIONS,
    game,
    example: 'secret-treehouse',
  })
  window.addEventListener('popstate', () => {
    if (roomFromUrl('lobby') !== name) enter(roomFromUrl('lobby'))
  })
  const table = await createTable(page.stage, {
    room: () => name,
    send: (line) => room?.send(line) === true,
    rename: () =>
      rename(me.name, (chosen) => {
        me.name = chosen
        table.ask('rename', { name: chosen })
      }),
    renames: () => true,
  })
  page.dock.remove()

  /** @param {string} chosen */
  function enter(chosen) {
    room?.leave()
    name = chosen
    page.refresh()
    table.clear()
    const watch = new URLSearchParams(location.search).has('watch') ? { watch: '1' } : undefined
    const joined = join(name, { name: me.name, game, query: watch })
    room = joined
    joined.onStatus((status) => {
      if (room !== joined) return
      page.badge.show(status)
      page.stage.classList.toggle('is-away', status.state === 'waiting' || status.state === 'closed')
      table.connect(status.state === 'open')
    })
    joined.onMessage((line) => room === joined && table.hear(line))
  }
  enter(name)

  // To look at from the console and from tests: a copy, nothing that moves the game.
  Object.defineProperty(window, 'xo', {
    get: () => structuredClone({ room: name, name: me.name, status: room?.state ?? 'closed', ...table.look() }),
  })
  if (me.fresh) toast(`You are ${me.name}.`)
}
