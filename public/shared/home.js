import { openRooms } from './rooms.js'

const query = new URLSearchParams(location.search)
// Links to a room or with a name were made when Bunnies was all there was.
if (query.has('room') || query.has('name')) location.replace(`/bunnies/${location.search}${location.hash}`)
else await countPlayers()

/** Says beside each game how many are there right now, where the server tells. */
async function countPlayers() {
  for (const card of document.querySelectorAll('[data-game]')) {
    const live = card.querySelector('.game-live')
    if (!(card instanceof HTMLElement) || !(live instanceof HTMLElement)) continue
    const rooms = await openRooms(card.dataset.game)
    const count = [...rooms.values()].reduce((sum, connections) => sum + connections, 0)
    live.textContent = count === 1 ? 'One is playing' : `${count} are playing`
    live.hidden = count === 0
  }
}
