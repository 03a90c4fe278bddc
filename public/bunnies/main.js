import { join } from '/shared/connection.js'
import { frame } from '/shared/frame.js'
import { gameFromUrl, roomFromUrl } from '/shared/rooms.js'
import { toast } from '/shared/toast.js'
import { emoteBar, identity, playerList } from './hud.js'
import { SUGGESTIONS } from './themes.js'

/** @typedef {import('/shared/connection.js').Room} Room */

try {
  await start()
} catch (error) {
  console.error(error)
  const loading = document.querySelector('#loading')
  const why = error instanceof Error ? error.message : `${error}`
  if (loading) loading.textContent = `The meadow could not be drawn: ${why}`
  else toast(`The meadow could not be drawn: ${why}`)
}

async function start() {
  // Imported here, so that a missing drawing library can be told.
  const [{ createStage }, { Meadow }, { Overlay }, { Air }, { controls }] = await Promise.all([
    import('./stage.js'),
    import('./meadow.js'),
    import('./overlay.js'),
    import('./air.js'),
    import('./controls.js'),
  ])

  let name = roomFromUrl('lobby')
  /** @type {Room} */
  let room
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const still = matchMedia('(prefers-reduced-motion: reduce)')

  const page = frame({
    title: 'Bunnies',
    room: () => name,
    choose: (chosen) => {
      const url = new URL(location.href)
      url.searchParams.set('room', chosen)
      history.pushState(null, '', url)
      enter(chosen)
    },
    retry: () => room.retry(),
    suggestions: SUGGESTIONS,
    game: gameFromUrl(),
  })
  window.addEventListener('popstate', () => {
    if (roomFromUrl('lobby') !== name) enter(roomFromUrl('lobby'))
  })

  const stage = await createStage(page.stage)
  stage.canvas.setAttribute('role', 'img')
  stage.canvas.setAttribute('aria-label', 'A meadow with bunnies. Arrow keys hop, 1 to 4 say something.')
  const players = playerList()
  const { me, button } = identity(introduce)
  const space = document.createElement('span')
  space.className = 'pp-space'
  page.dock.append(button, space, emoteBar(say))
  page.stage.after(players.element)

  let stale = true
  const meadow = new Meadow(stage, {
    hop: (x, y) => room.send({ t: 'Hop', x, y }),
    changed: () => {
      stale = true
    },
    arrived: (player) => toast(`${player.name} hopped in`),
    left: (player) => toast(`${player.name} left`),
  })
  const overlay = new Overlay(stage)
  const air = new Air(stage.common)
  stage.layers.sparks.addChild(air.root)
  const input = controls(stage, say)

  function introduce() {
    room.send({ t: 'Me', name: me.name, hue: me.hue })
  }

  /** @param {string} emote */
  function say(emote) {
    room.send({ t: 'Emote', emote })
  }

  function paint() {
    air.fill(stage.show(name, dark.matches))
    meadow.relight()
  }

  /** @param {string} chosen */
  function enter(chosen) {
    room?.leave()
    name = chosen
    page.refresh()
    meadow.clear()
    input.stop()
    stale = true
    paint()
    room = join(name, { name: me.name, game: gameFromUrl() })
    room.onStatus((status) => {
      page.badge.show(status)
      page.stage.classList.toggle('is-away', status.state === 'waiting' || status.state === 'closed')
      if (status.state === 'open') introduce()
      else input.stop()
    })
    room.onMessage((message) => meadow.hear(message))
  }
  dark.addEventListener('change', paint)
  enter(name)

  stage.ticker.add(({ deltaMS }) => {
    // A tab that comes back after minutes must not fling everything through the air.
    const seconds = Math.min(deltaMS, 100) / 1000
    const mine = meadow.me
    if (mine && room.state === 'open' && meadow.head(input.goal(mine.hopper)) && input.resting) input.stop()
    meadow.step(seconds, still.matches)
    air.step(seconds, still.matches)
    stage.step(seconds, mine?.hopper, still.matches)
    overlay.step(meadow.bunnies.values(), mine)
    if (!stale) return
    stale = false
    players.show(roster(), meadow.you)
  })

  const roster = () => [...meadow.bunnies.values()].map(({ player }) => player)

  // To look at from the console and from tests: a copy, nothing that moves the game.
  Object.defineProperty(window, 'bunnies', {
    get: () => ({
      room: name,
      you: meadow.you,
      status: room.state,
      rtt: room.rtt,
      players: [...meadow.bunnies.values()].map(({ player, hopper, label }) => ({
        ...player,
        shown: {
          x: hopper.x,
          y: hopper.y,
          hopping: hopper.busy,
          label: label.root.visible ? { x: label.root.x, width: label.width } : undefined,
        },
      })),
    }),
  })

  if (me.fresh) toast(`You are ${me.name}. Tap the grass to hop!`)
}
