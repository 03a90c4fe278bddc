import { EMOTES } from './emotes.js'

/** @type {Record<string, [x: number, y: number]>} by position on the keyboard: WASD stays where it is in France, too */
const KEYS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  KeyA: [-1, 0],
  KeyD: [1, 0],
  KeyW: [0, -1],
  KeyS: [0, 1],
}

/**
 * Where the player wants to go: to a point that was tapped or is dragged, or along with the keys.
 *
 * @param {import('./stage.js').Stage} stage
 * @param {(emote: string) => void} say
 */
export function controls(stage, say) {
  /** @type {Set<string>} */
  const held = new Set()
  /** @type {{ x: number, y: number } | undefined} */
  let target
  /** @type {PointerEvent | undefined} */
  let finger

  const { canvas } = stage
  canvas.addEventListener('pointerdown', (event) => {
    if (!event.isPrimary || event.button > 0) return
    finger = event
    canvas.setPointerCapture(event.pointerId)
  })
  canvas.addEventListener('pointermove', (event) => {
    if (finger?.pointerId === event.pointerId) finger = event
  })
  for (const type of /** @type {const} */ (['pointerup', 'pointercancel'])) {
    canvas.addEventListener(type, (event) => {
      if (finger?.pointerId !== event.pointerId) return
      if (type === 'pointerup') target = stage.toWorld(event)
      finger = undefined
    })
  }
  canvas.addEventListener('contextmenu', (event) => event.preventDefault())

  window.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || busyElsewhere(event.target)) return
    const emote = EMOTES[Number(event.key) - 1]
    if (emote && !event.repeat) say(emote.name)
    if (!KEYS[event.code]) return
    event.preventDefault()
    held.add(event.code)
    target = undefined
  })
  window.addEventListener('keyup', (event) => held.delete(event.code))
  // A key released in another window is never seen.
  window.addEventListener('blur', () => held.clear())

  return {
    /** @param {{ x: number, y: number }} from @returns {{ x: number, y: number, marked: boolean } | undefined} */
    goal(from) {
      let [x, y] = [0, 0]
      for (const code of held) {
        x += KEYS[code]?.[0] ?? 0
        y += KEYS[code]?.[1] ?? 0
      }
      const length = Math.hypot(x, y)
      if (length) return { x: from.x + (x / length) * 1000, y: from.y + (y / length) * 1000, marked: false }
      // The camera moves under a finger that rests: its place in the world is asked for each time.
      if (finger) target = stage.toWorld(finger)
      return target && { ...target, marked: true }
    },
    get resting() {
      return !finger && held.size === 0
    },
    /** The player has arrived, or is somewhere else now. */
    stop() {
      target = undefined
    },
  }
}

/** @param {EventTarget | null} target */
function busyElsewhere(target) {
  return target instanceof Element && target.closest('input, textarea, dialog, select') !== null
}
