import { el, icon } from '/shared/dom.js'
import { seatOf } from './fold.js'
import { glyph } from './glyph.js'

/** @typedef {import('./fold.js').State} State */
/** @typedef {import('./fold.js').SeatNumber} SeatNumber */

/**
 * Who plays: two cards, one for each seat, with the mark, the name and the wins.
 *
 * @param {{ rename: () => void }} act
 */
export function playerCards({ rename }) {
  const cards = /** @type {const} */ ([0, 1]).map(card)
  const draws = el('span', { class: 'draws' })
  const watching = el('span', { class: 'watching' })
  const element = el('section', { class: 'players', 'aria-label': 'Players' }, ...cards.map(({ element }) => element))
  const others = el('p', { class: 'others' }, draws, watching)

  /** @param {SeatNumber} seat */
  function card(seat) {
    const mark = el('span', { class: 'player-mark' })
    const name = el('span', { class: 'player-name' })
    const tags = el('span', { class: 'player-tags' })
    const score = el('span', { class: 'player-score' })
    const pencil = el(
      'button',
      { class: 'player-rename', type: 'button', 'aria-label': 'Change your name', onclick: rename },
      icon('pencil'),
    )
    const element = el(
      'div',
      { class: 'player', 'data-seat': seat },
      mark,
      el('span', { class: 'player-text' }, name, el('span', { class: 'player-line' }, tags, pencil)),
      score,
    )
    return { element, mark, name, tags, score, pencil }
  }

  return {
    element,
    /** What is to be said beside the two. */
    others,
    /**
     * @param {State} state
     * @param {{ you: string | null, away: string[], watching: number, renames: boolean }} live
     */
    show(state, { you, away, watching: watchers, renames }) {
      const yours = seatOf(state, you)
      cards.forEach(({ element, mark, name, tags, score, pencil }, seat) => {
        const taken = state.seats[seat]
        const begun = state.phase !== 'waiting' && state.first !== null
        const kind = begun ? (seat === state.first ? 'X' : 'O') : undefined
        if (mark.dataset.kind !== (kind ?? '')) {
          mark.dataset.kind = kind ?? ''
          mark.replaceChildren(...(kind ? [glyph(kind, seat + 3)] : []))
        }
        const isAway = taken !== null && taken !== undefined && away.includes(taken.player)
        element.dataset.kind = kind ?? ''
        element.classList.toggle('is-turn', state.turn === seat)
        element.classList.toggle('is-winner', state.result?.winner === seat)
        element.classList.toggle('is-away', isAway)
        element.classList.toggle('is-empty', !taken)
        element.setAttribute('aria-current', `${state.turn === seat}`)
        // On a phone there is room for nothing else beside a score.
        const again = state.rematch[seat] === true && state.phase === 'over'
        name.textContent = taken?.name ?? 'Free seat'
        pencil.hidden = seat !== yours || !renames || again
        const words = [
          ...(seat === yours && !again ? ['you'] : []),
          ...(taken?.bot ? ['bot'] : []),
          ...(isAway ? ['away'] : []),
          ...(again ? ['again?'] : []),
        ]
        tags.replaceChildren(...words.map((word) => el('span', { class: 'tag', 'data-tag': word }, word)))
        const wins = state.score[seat] ?? 0
        const text = taken && state.score.some((count) => count > 0) ? `${wins}` : ''
        if (score.textContent !== text) score.textContent = text
        score.setAttribute('aria-label', `${wins} won`)
      })
      const drawn = state.score[2]
      draws.textContent = drawn > 0 ? (drawn === 1 ? '1 draw' : `${drawn} draws`) : ''
      watching.replaceChildren(...(watchers > 0 ? [icon('eye'), `${watchers} watching`] : []))
    },
  }
}
