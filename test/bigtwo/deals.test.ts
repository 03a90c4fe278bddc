import { afterAll, beforeAll, expect, it } from 'vitest'
import { seeded } from '../../games/bigtwo/deck.ts'
import { Player } from '../../games/bigtwo/player.ts'
import { connect, ROOT, startServer, type TestClient, type TestServer } from '../helpers.ts'
import { Company, FakeRoom, type Line } from './fake-room.ts'
import { compare, Referee } from './referee.ts'

const DEALS = 1000
const ROOMS = 8

const JOIN = '{"t":"Join","_from":#ID,"_name":"#PARAM_NAME","_sys":true}'
const LEAVE = '{"t":"Leave","_from":#ID,"_sys":true}'

let server: TestServer
beforeAll(async () => {
  // A room's name is the seed of its deals.
  const game = `exec node ${ROOT}/games/bigtwo/dist/game.mjs --pace 0 --rest 0 --seed $ROOM`
  server = await startServer(['--frame=json', '--joinmsg', JOIN, '--leavemsg', LEAVE, '--', 'sh', '-c', game])
})
afterAll(() => server.stop())

/** Reads all that a client gets until it has seen so many deals, and answers as a player where it is one. */
async function sit(client: TestClient, seat: number | null, deals: number): Promise<Referee> {
  const referee = new Referee(seat)
  const player = new Player()
  while (referee.records.length < deals) {
    const text = String(await client.next())
    referee.see(text)
    const answer = seat === null ? undefined : player.take(JSON.parse(text))
    if (answer) client.send(answer)
  }
  return referee
}

/** Four players and one who watches play so many deals in a room. @returns how many it was */
async function play(room: string, deals: number): Promise<number> {
  const clients: TestClient[] = []
  // Seats are given in the order of coming. Nobody plays before all are there.
  for (const seat of [0, 1, 2, 3, 4]) clients.push(await connect(server, `/${room}?name=P${seat}`))
  const referees = await Promise.all(clients.map((client, seat) => sit(client, seat < 4 ? seat : null, deals)))
  for (let deal = 0; deal < deals; deal++) compare(referees.map(({ records }) => records[deal]!))
  await Promise.all(clients.map((client) => client.close()))
  return deals
}

it(`${DEALS} deals of four through the server: every line to every client is what the rules say`, async () => {
  const rooms = Array.from({ length: ROOMS }, (_, room) => play(`${room}`, DEALS / ROOMS))
  const played = await Promise.all(rooms)
  expect(played.reduce((a, b) => a + b, 0)).toBe(DEALS)
  expect(server.log()).not.toMatch(/warn|error/i)
}, 120_000)

/** What each of four players and of one who watches is sent in one deal. */
function streams(): string[][] {
  const room = new FakeRoom({ pace: 0 }, seeded(3))
  const company = new Company()
  const sent: string[][] = []
  const show = (lines: readonly Line[]) => {
    for (const line of lines)
      for (const [i, stream] of sent.entries()) if ((line._to ?? i + 1) === i + 1) stream.push(JSON.stringify(line))
    return company.hear(lines)
  }
  let waiting: Line[] = []
  for (let i = 0; i < 5; i++) {
    company.add(room.join())
    sent.push([])
    waiting.push(...show(room.seen()))
  }
  while (waiting.length > 0) waiting = waiting.flatMap((line) => show(room.give(line)))
  return sent
}

/** Every way to change one number, word or truth of a line, beside those that say nothing of the deal. */
function* changes(value: unknown, key = ''): Generator<unknown> {
  if (['id', 'name', 'bot', 'away', 'ms', 't', '_to', 'last', 'result', 'you'].includes(key)) return
  if (typeof value === 'number') yield value + 1
  else if (typeof value === 'boolean') yield !value
  else if (typeof value === 'string') yield value === '7C' ? '8H' : '7C'
  else if (Array.isArray(value))
    for (const [i, item] of value.entries())
      for (const other of changes(item, key)) yield value.map((same, at) => (at === i ? other : same))
  else if (value !== null)
    for (const [name, item] of Object.entries(value as Line))
      for (const other of changes(item, name)) yield { ...(value as Line), [name]: other }
}

it('the referee lets a deal pass, and notices whatever is changed, left out or sent twice', () => {
  const sent = streams()
  const judge = (stream: readonly string[], client: number) => {
    const referee = new Referee(client < 4 ? client : null)
    for (const text of stream) referee.see(text)
    return referee.records[0]!
  }
  const fine = sent.map(judge)
  compare(fine)

  for (const client of [1, 4]) {
    const stream = sent[client]!
    const from = stream.findIndex((text) => /"t":"(Deal|Turn)"|"playing"/.test(text))
    const verdict = (changed: readonly string[]) => {
      try {
        compare(fine.map((record, i) => (i === client ? judge(changed, i) : record)))
        return 'passed'
      } catch {
        return 'noticed'
      }
    }
    expect(stream.length - from).toBeGreaterThan(60)
    for (let i = from; i < stream.length; i++) {
      const line: Line = JSON.parse(stream[i]!)
      if (line.t === 'Seats') continue
      const others = [...changes(line)].map((other) => stream.with(i, JSON.stringify(other)))
      const cut = stream.toSpliced(i, 1)
      const twice = stream.toSpliced(i, 0, stream[i]!)
      for (const changed of [...others, cut, twice])
        expect(verdict(changed), `${stream[i]} became ${changed[i]}`).toBe('noticed')
    }
  }
})
