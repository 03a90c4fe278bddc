import { badge } from './badge.js'
import { el } from './dom.js'
import { roomPicker } from './rooms.js'
import { shareButton } from './share.js'

/** @typedef {{ name: string, note: string }} Suggestion */

/**
 * The page around a game: a bar with the room, the connection and the share link; the stage; and a dock at the
 * thumb's height. Everything floats over the stage, which fills the screen.
 *
 * @param {{
 *   title: string,
 *   room: () => string,
 *   choose: (room: string) => void,
 *   retry: () => void,
 *   suggestions: Suggestion[],
 *   game?: string,
 *   example?: string,
 * }} page `game`: the path that its rooms lie under; `example`: a name that somebody might give to a room
 */
export function frame({ title, room, choose, retry, suggestions, game, example }) {
  const picker = roomPicker({ room, choose, suggestions, game, example })
  const connection = badge({ retry })
  const stage = el('main', { class: 'pp-stage' })
  const bar = el(
    'header',
    { class: 'pp-bar' },
    el('h1', { class: 'pp-title' }, title),
    picker.element,
    el('span', { class: 'pp-space' }),
    connection.element,
    shareButton({ title, room }),
  )
  const dock = el('div', { class: 'pp-dock' })
  document.body.replaceChildren(bar, stage, dock)

  function refresh() {
    picker.refresh()
    document.title = `${title} in ${room()}`
  }
  refresh()
  return { stage, bar, dock, badge: connection, refresh }
}
