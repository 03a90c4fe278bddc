import { el, icon } from '/shared/dom.js'

/** @typedef {import('./record.js').Finished} Finished */

const STEP = 900 // milliseconds from move to move

/**
 * The controls for a finished game: from move to move, by hand or by itself.
 *
 * @param {{ show: (finished: Finished, moves: number) => void, close: () => void }} act
 */
export function replayBar({ show, close }) {
  const slider = el('input', {
    type: 'range',
    class: 'replay-slider',
    min: 0,
    max: 0,
    step: 1,
    'aria-label': 'Move',
    oninput: () => go(Number(slider.value)),
  })
  const count = el('output', { class: 'replay-count' })
  const which = el('select', {
    class: 'replay-game',
    'aria-label': 'Game',
    onchange: () => choose(Number(which.value)),
  })
  const play = control('play', 'Play', toggle)
  const element = el(
    'section',
    { class: 'replay', 'aria-label': 'Replay', hidden: true },
    el('div', { class: 'replay-top' }, which, count, control('close', 'Back to the table', stop)),
    slider,
    el(
      'div',
      { class: 'replay-keys' },
      control('first', 'To the beginning', () => go(0)),
      control('back', 'One move back', () => go(at - 1)),
      play,
      control('next', 'One move on', () => go(at + 1)),
      control('last', 'To the end', () => go(length())),
    ),
  )
  /** @type {Finished[]} */
  let games = []
  let index = 0
  let at = 0
  let running = 0

  const length = () => games[index]?.state.moves.length ?? 0

  /** @param {number} moves */
  function go(moves) {
    pause()
    move(moves)
  }

  /** @param {number} moves */
  function move(moves) {
    const finished = games[index]
    if (!finished) return
    at = Math.max(0, Math.min(length(), moves))
    slider.value = `${at}`
    slider.setAttribute('aria-valuetext', `Move ${at} of ${length()}`)
    slider.style.setProperty('--part', `${length() ? at / length() : 0}`)
    count.textContent = `Move ${at} of ${length()}`
    show(finished, at)
  }

  /** @param {number} chosen */
  function choose(chosen) {
    pause()
    index = chosen
    slider.max = `${length()}`
    move(0)
    toggle()
  }

  function toggle() {
    if (running) return pause()
    if (at >= length()) move(0)
    running = window.setInterval(() => {
      move(at + 1)
      if (at >= length()) pause()
    }, STEP)
    look('pause', 'Pause')
  }

  function pause() {
    clearInterval(running)
    running = 0
    look('play', 'Play')
  }

  /** @param {'play' | 'pause'} name @param {string} words */
  function look(name, words) {
    play.replaceChildren(icon(name))
    play.setAttribute('aria-label', words)
  }

  function stop() {
    if (element.hidden) return
    pause()
    element.hidden = true
    close()
  }

  return {
    element,
    get open() {
      return !element.hidden
    },
    get at() {
      return { game: games[index]?.game ?? 0, move: at, of: length(), running: running > 0 }
    },
    stop,
    /** From its beginning, and by itself. @param {Finished[]} finished the last one is shown */
    start(finished) {
      games = finished
      which.replaceChildren(...games.map(({ game }, i) => el('option', { value: i }, `Game ${game}`)))
      which.disabled = games.length < 2
      which.value = `${games.length - 1}`
      element.hidden = false
      choose(games.length - 1)
      play.focus({ preventScroll: true })
    },
  }
}

/** @param {import('/shared/dom.js').IconName} name @param {string} words @param {() => void} act */
function control(name, words, act) {
  return el('button', { class: 'pp-button pp-round', type: 'button', 'aria-label': words, onclick: act }, icon(name))
}
