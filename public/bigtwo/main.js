import { join } from '/shared/connection.js'
import { frame } from '/shared/frame.js'
import { playerName } from '/shared/names.js'
import { gameFromUrl, roomFromUrl } from '/shared/rooms.js'
import { toast } from '/shared/toast.js'
import { Table } from './table.js'
import { SUGGESTIONS } from './themes.js'

/** @typedef {import('/shared/connection.js').Room} Room */
/** @typedef {import('./table.js').Line} Line */

const TITLE = 'Big Two'

try {
  await start()
} catch (error) {
  console.error(error)
  const loading = document.querySelector('#loading')
  const why = error instanceof Error ? error.message : `${error}`
  if (loading) loading.textContent = `The table could not be set: ${why}`
  else toast(`The table could not be set: ${why}`)
}

async function start() {
  // Imported here, so that a missing drawing library or missing rules can be told.
  const [
    { createStage },
    { Scene },
    { gestures },
    { keyboard },
    { chairs },
    { desk },
    { notices },
    { chat },
    { voice },
    { sounds },
    { help },
    { rename },
    { hints },
  ] = await Promise.all([
    import('./stage.js'),
    import('./scene.js'),
    import('./gestures.js'),
    import('./keys.js'),
    import('./chairs.js'),
    import('./desk.js'),
    import('./notices.js'),
    import('./chat.js'),
    import('./voice.js'),
    import('./sound.js'),
    import('./help.js'),
    import('/shared/me.js'),
    import('./legal.js'),
  ])

  const game = gameFromUrl()
  let name = roomFromUrl('lobby')
  /** @type {Room} */
  let room
  let connected = false
  /** A move is on its way: until the game answers, another would be a mistake. */
  let sent = false
  const me = playerName()
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const still = matchMedia('(prefers-reduced-motion: reduce)')
  const table = new Table()

  const page = frame({
    title: TITLE,
    room: () => name,
    choose: (chosen) => {
      const url = new URL(location.href)
      url.searchParams.set('room', chosen)
      history.pushState(null, '', url)
      enter(chosen)
    },
    retry: () => room.retry(),
    suggestions: SUGGESTIONS,
    game,
    example: 'friday-night',
  })
  window.addEventListener('popstate', () => {
    if (roomFromUrl('lobby') !== name) enter(roomFromUrl('lobby'))
  })

  const stage = await createStage(page.stage)
  const scene = new Scene(stage, table, {
    dark: () => dark.matches,
    calm: () => still.matches,
    room: () => name,
    moved: () => show(),
  })
  const { hand } = scene
  const speak = voice()
  const sound = sounds()
  const rules = help()
  const seats = chairs(page.stage)
  const middle = notices(page.stage, { title: TITLE, room: () => name })
  const talk = chat((text) => tell({ t: 'Chat', text }, 'Your words were not sent'))
  const own = desk({ play, pass, hint, sort, choose, rename: () => rename(me.name, introduce) })
  const keys = keyboard(scene, {
    toggle,
    play,
    pass,
    hint,
    sort,
    none: () => choose([]),
    chat: talk.open,
    help: rules.open,
  })
  gestures(scene, {
    chose: () => {
      sound.tap()
      show()
    },
    play,
  })
  page.stage.append(own.element, keys.element)
  page.stage.after(speak.element)
  page.bar.insertBefore(sound.button, page.badge.element)
  page.bar.append(rules.button)
  const left = document.createElement('div')
  left.className = 'dock-left'
  left.append(talk.element, own.sort)
  const space = document.createElement('span')
  space.className = 'pp-space'
  page.dock.append(left, space, own.buttons)

  /** @type {ReturnType<typeof own.show>} */
  let advice
  /** What the last hints were for, and which of them is next. */
  let hinted = { key: '', next: 0 }

  /** All that is not cards follows the table. */
  function show() {
    if (!own) return
    advice = own.show(table, { connected, sent, chosen: hand.choice }, hand.order)
    const { rest, self } = scene.layout
    const line = table.phase === 'waiting' ? rest : self
    own.element.style.setProperty('--left', `${line.left}px`)
    own.element.style.setProperty('--width', `${line.width}px`)
    own.element.style.setProperty('--bottom', `${line.bottom}px`)
    document.body.style.setProperty('--toasts', `${line.toasts}px`)
    document.body.dataset.layout = scene.layout.kind
    document.body.dataset.phase = table.phase
    document.body.classList.toggle('is-tight', scene.layout.tight)
    document.body.classList.toggle('is-watching', table.you === null)
    seats.show(table, scene)
    middle.show(table, scene.layout)
    keys.update()
  }

  /** @param {object} line @param {string} otherwise @returns {boolean} */
  function tell(line, otherwise) {
    const went = connected && room.send(line)
    if (!went) say(`${otherwise}: there is no connection.`)
    return went
  }

  /** A sentence for the player, to see and to hear. @param {string} text */
  function say(text) {
    toast(text)
    sound.no()
  }

  function play() {
    if (!advice.play) return refuse()
    sent = tell({ t: 'Play', cards: hand.choice }, 'Your play was not sent')
    show()
  }

  function pass() {
    if (!advice.pass) {
      if (table.myTurn && !sent) return say('Who leads a trick can’t pass.')
      return refuse()
    }
    sent = tell({ t: 'Pass' }, 'Your pass was not sent')
    if (sent) hand.chosen.clear()
    show()
  }

  /** Not now, or not these: the cards shake, and the reason is where it was, only louder. */
  function refuse() {
    shake()
    own.nudge()
    sound.no()
    speak.announce(advice.text)
  }

  function shake() {
    for (const card of hand.cards) if (hand.chosen.has(card.name)) card.shake()
    stage.wake()
  }

  function hint() {
    if (advice.offers.length === 0) return refuse()
    const key = JSON.stringify([table.hand, table.trick])
    if (key !== hinted.key) hinted = { key, next: 0 }
    const plays = hints(table)
    choose(plays[hinted.next++ % plays.length] ?? [])
    if (hand.chosen.size > 0) speak.announce(`Hint: ${hand.choice.map((card) => words(card)).join(', ')}`)
  }

  /** @param {string} card */
  const words = (card) => document.querySelector(`#card-${card}`)?.textContent ?? card

  /** @param {string[]} cards */
  function choose(cards) {
    hand.chosen = new Set(cards)
    sound.tap()
    show()
  }

  /** @param {string} card */
  function toggle(card) {
    if (!hand.chosen.delete(card)) hand.chosen.add(card)
    sound.tap()
    show()
  }

  function sort() {
    hand.sort(hand.order === 'rank' ? 'suit' : 'rank')
    show()
  }

  /** @param {string} chosen */
  function introduce(chosen) {
    me.name = chosen
    tell({ t: 'Me', name: chosen }, 'Your name was not sent')
  }

  /** @param {Line} line */
  function hear(line) {
    if (!table.hear(line)) return
    if (['Played', 'Passed', 'Turn', 'Refused', 'Table', 'Over'].includes(line.t)) sent = false
    scene.follow(line)
    speak.follow(line, table)
    sound.follow(line, table)
    if (line.t === 'Refused') {
      shake()
      say(line.why)
    }
    if (line.t === 'Played' && line.timer && line.seat === table.you)
      toast('Your time ran out: the table played for you.')
    if (line.t === 'Passed' && line.timer && line.seat === table.you) toast('Your time ran out: you passed.')
    if (line.t === 'Chat') heard()
    // A page that was loaded anew, or under another name, is still called as before.
    if (line.t === 'Table' && typeof table.you === 'number' && table.name(table.you) !== me.name)
      room.send({ t: 'Me', name: me.name })
    show()
  }

  function heard() {
    const said = table.chat.at(-1)
    if (!said) return
    talk.hear(said)
    if (said.seat >= 0 && said.seat !== table.you) seats.say(scene.place(said.seat), said.text)
    else if (said.seat < 0 && !talk.visible) toast(`${said.name}: ${said.text}`)
  }

  /** @param {string} chosen */
  function enter(chosen) {
    room?.leave()
    name = chosen
    Object.assign(table, new Table())
    hand.chosen.clear()
    talk.clear()
    sent = false
    page.refresh()
    scene.measure()
    room = join(name, { name: me.name, game })
    room.onStatus((status) => {
      const was = connected
      connected = status.state === 'open'
      if (was && !connected) {
        sent = false
        speak.announce('The connection is lost.')
      }
      page.badge.show(status)
      page.stage.classList.toggle('is-away', status.state === 'waiting' || status.state === 'closed')
      show()
    })
    room.onMessage(hear)
  }
  setInterval(() => {
    if (!table.lapse()) return
    scene.settle()
    show()
  }, 500)
  dark.addEventListener('change', () => scene.measure())
  enter(name)

  // To look at from the console and from tests: a copy, nothing that moves the game.
  Object.defineProperty(window, 'bigtwo', {
    get: () =>
      structuredClone({
        room: name,
        you: table.you,
        status: room.state,
        name: me.name,
        seats: table.seats,
        counts: table.counts,
        phase: table.phase,
        deal: table.deal,
        hand: scene.touchable(),
        selected: hand.choice,
        order: hand.order,
        cursor: hand.cards[hand.cursor]?.name,
        turn: table.turn,
        myTurn: table.myTurn,
        opening: table.opening,
        trick: table.trick,
        passed: table.passed,
        last: table.last,
        result: table.result,
        advice: { text: advice.text, play: advice.play, pass: advice.pass },
        offers: advice.offers,
        chat: table.chat,
        announced: speak.said,
        log: table.log,
        moving: stage.moving,
      }),
  })

  if (me.fresh) toast(`You are ${me.name}. Press ? for the rules.`)
}
