/** A finger or a mouse that has not moved so far, in CSS pixels, means a tap. */
const STILL = 8
/** Pulled up so far, cards are played. */
const PLAYS = 70

/**
 * Taps choose a card, a sweep across the hand chooses all that it meets, and pulling up plays.
 *
 * @param {import('./scene.js').Scene} scene
 * @param {{ chose: () => void, play: () => void }} act
 */
export function gestures(scene, { chose, play }) {
  const { canvas } = scene.stage
  const { hand } = scene
  /** @type {{ id: number, x: number, y: number, card: import('./card.js').Card, choosing: boolean, way: 'tap' | 'sweep' | 'pull', met: Set<string> } | undefined} */
  let grip

  /** @param {string} name @param {boolean} on */
  function choose(name, on) {
    if (on) hand.chosen.add(name)
    else hand.chosen.delete(name)
  }

  canvas.addEventListener('pointerdown', (event) => {
    if (!event.isPrimary || event.button > 0) return
    const card = hand.at(scene.layout, event.offsetX, event.offsetY)
    scene.keyboard = false
    if (!card) return scene.rearrange()
    canvas.setPointerCapture(event.pointerId)
    grip = {
      id: event.pointerId,
      x: event.offsetX,
      y: event.offsetY,
      card,
      choosing: !hand.chosen.has(card.name),
      way: 'tap',
      met: new Set([card.name]),
    }
    hand.cursor = hand.cards.indexOf(card)
    hand.hovered = event.pointerType === 'mouse' ? card : undefined
    scene.rearrange()
  })

  canvas.addEventListener('pointermove', (event) => {
    if (!grip) return hover(event)
    if (grip.id !== event.pointerId) return
    const [dx, dy] = [event.offsetX - grip.x, event.offsetY - grip.y]
    if (grip.way === 'tap' && Math.hypot(dx, dy) > STILL) {
      grip.way = dy < 0 && -dy > Math.abs(dx) * 1.2 ? 'pull' : 'sweep'
      hand.hovered = undefined
      // What is pulled is chosen; a sweep does to all what it does to the first.
      choose(grip.card.name, grip.way === 'pull' || grip.choosing)
      chose()
    }
    if (grip.way === 'sweep') {
      // A fast finger skips cards: the way between two events is walked.
      for (const { x, y } of path(event)) {
        const card = hand.at(scene.layout, x, y)
        if (!card || grip.met.has(card.name)) continue
        grip.met.add(card.name)
        choose(card.name, grip.choosing)
        chose()
      }
    }
    if (grip.way === 'pull') hand.pull = { x: event.offsetX, y: event.offsetY - scene.layout.card.height * 0.2 }
    scene.rearrange()
  })

  /** @type {{ x: number, y: number } | undefined} */
  let before
  /** @param {PointerEvent} event */
  function* path({ offsetX, offsetY }) {
    const from = before ?? { x: grip?.x ?? offsetX, y: grip?.y ?? offsetY }
    const steps = Math.max(1, Math.ceil(Math.hypot(offsetX - from.x, offsetY - from.y) / 10))
    for (let i = 1; i <= steps; i++) {
      yield { x: from.x + ((offsetX - from.x) * i) / steps, y: from.y + ((offsetY - from.y) * i) / steps }
    }
    before = { x: offsetX, y: offsetY }
  }

  for (const type of /** @type {const} */ (['pointerup', 'pointercancel'])) {
    canvas.addEventListener(type, (event) => {
      if (grip?.id !== event.pointerId) return
      const { way, card, choosing, y } = grip
      grip = undefined
      before = undefined
      hand.pull = undefined
      if (type === 'pointerup' && way === 'tap') {
        choose(card.name, choosing)
        chose()
      }
      scene.rearrange()
      if (type === 'pointerup' && way === 'pull' && y - event.offsetY > PLAYS) play()
    })
  }

  /** @param {PointerEvent} event */
  function hover(event) {
    const card = event.pointerType === 'mouse' ? hand.at(scene.layout, event.offsetX, event.offsetY) : undefined
    canvas.classList.toggle('is-over', card !== undefined)
    if (card === hand.hovered) return
    hand.hovered = card
    scene.rearrange()
  }
  canvas.addEventListener('pointerleave', () => {
    if (!hand.hovered) return
    hand.hovered = undefined
    scene.rearrange()
  })
  canvas.addEventListener('contextmenu', (event) => event.preventDefault())
}
