// Players of Big Two for bench/tables.mjs: node players.mjs PORT FIRST TABLES PEOPLE SECONDS THINK, prints one line of JSON.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root } from '../scripts/setup.mjs'
import { percentile } from './stats.mjs'

const { WebSocket } = createRequire(import.meta.url)('ws')
const { combine, legalPlays, parseCards, cardName } = await import(join(root, 'public', 'bigtwo', 'rules.js'))

const [port, first, tables, people, seconds, think] = process.argv.slice(2).map(Number)
/** Milliseconds from a move's way out to its coming back, for everyone to see. */
const answers = []
const counts = { moves: 0, deals: 0, refused: 0, closed: 0 }
let measuring = false

class Player {
  hand = []
  seat = null
  sent = 0
  dealt = false

  constructor(room) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/bigtwo/${room}`)
    this.socket.on('message', (data) => this.hear(JSON.parse(data)))
    this.socket.on('close', () => counts.closed++)
    this.socket.on('error', () => counts.closed++)
  }

  hear(message) {
    if (message.t === 'Table') {
      this.seat = message.you
      this.hand = parseCards(message.hand ?? []) ?? []
      if (message.phase === 'playing' && message.turn === this.seat) this.decide(message)
    } else if (message.t === 'Hand') {
      this.hand = parseCards(message.cards)
      this.dealt = true
    }
    if (message.t === 'Turn' && message.seat === this.seat) this.decide(message)
    else if ((message.t === 'Played' || message.t === 'Passed') && message.seat === this.seat) this.answered(message)
    else if (message.t === 'Refused') counts.refused++
    else if (message.t === 'Over' && message.winner === this.seat && measuring) counts.deals++
  }

  /** A person thinks for a while, then plays the lowest that is legal. */
  decide({ trick, opening }) {
    setTimeout(
      () => {
        const [play] = legalPlays(this.hand, trick ? combine(parseCards(trick.cards)) : null, opening)
        const move = play ? { t: 'Play', cards: play.cards.map(cardName) } : { t: 'Pass' }
        this.sent = performance.now()
        if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(move))
      },
      think * (0.5 + Math.random()),
    )
  }

  answered({ cards = [] }) {
    const gone = new Set(parseCards(cards))
    this.hand = this.hand.filter((card) => !gone.has(card))
    if (this.sent === 0) return
    if (measuring) {
      counts.moves++
      answers.push(performance.now() - this.sent)
    }
    this.sent = 0
  }
}

const players = []
for (let table = 0; table < tables; table++) {
  for (let n = 0; n < people; n++) players.push(new Player(`table-${first + table}`))
  // They come in one after the other, as people do: starting programs is another measurement.
  await new Promise((wake) => setTimeout(wake, 10))
}
// A start is another measurement: this one begins when all are playing.
while (!players.every(({ dealt }) => dealt)) await new Promise((wake) => setTimeout(wake, 100))
process.stdout.write('in\n')
process.stdin.once('data', () => {
  measuring = true
  setTimeout(() => {
    const at = (part) => percentile(answers, part)
    console.log(JSON.stringify({ ...counts, p50: at(0.5), p95: at(0.95), p99: at(0.99), most: Math.max(...answers) }))
    process.exit(0)
  }, seconds * 1000)
})
