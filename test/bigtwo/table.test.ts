import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seeded } from '../../games/bigtwo/deck.ts'
import { Company, FakeRoom, type Line } from './fake-room.ts'

const types = (lines: readonly Line[]) => lines.map(({ t }) => t)
const find = (lines: readonly Line[], t: string) => lines.find((line) => line.t === t)!
const refusal = (lines: readonly Line[], id: number) => {
  expect(lines).toEqual([{ t: 'Refused', why: expect.stringMatching(/^[A-Z].*\.$/), _to: id }])
  return lines[0]!.why as string
}

// What the seats hold where nothing is shuffled.
const LOW = '3D 3C 3H 3S 4D 4C 4H 4S 5D 5C 5H 5S 6D'.split(' ')
const HIGH = 'QS KD KC KH KS AD AC AH AS 2D 2C 2H 2S'.split(' ')

/** Seat 3 leads again and again until its hand is empty; the others pass. */
function seatThreeWins(room: FakeRoom, [ada, bob, cem, dan]: number[]): Line[] {
  room.plays(ada!, '3D')
  room.passes(bob!)
  room.passes(cem!)
  let lines: Line[] = []
  for (const cards of ['QS', 'KD KC KH', 'KS', 'AD AC AH', 'AS', '2D 2C 2H', '2S']) {
    lines = room.plays(dan!, cards)
    if (lines[0]!.left > 0) for (const id of [ada!, bob!, cem!]) room.passes(id)
  }
  return lines
}

describe('coming', () => {
  it('who comes takes the first empty seat and sees the table', () => {
    const room = new FakeRoom()
    const ada = room.join('Ada')
    const seats = [{ id: ada, name: 'Ada', bot: false, away: false, cards: 0, score: 0 }, null, null, null]
    expect(room.seen()).toEqual([
      {
        t: 'Table',
        you: 0,
        seats,
        fill: 10_000,
        phase: 'waiting',
        deal: 0,
        hand: [],
        counts: [0, 0, 0, 0],
        turn: null,
        ms: 0,
        left: 0,
        trick: null,
        passed: [false, false, false, false],
        last: [null, null, null, null],
        opening: false,
        result: null,
        _to: ada,
      },
      { t: 'Seats', seats, fill: 10_000 },
    ])
    expect(room.meta).toEqual([{ _meta: true, players: 1, bots: 0, watching: 0, seats: 4 }])
    room.join('Bob')
    expect(find(room.seen(), 'Table')).toMatchObject({ you: 1, seats: [{ name: 'Ada' }, { name: 'Bob' }, null, null] })
  })

  it('the first deal follows a pause after the fourth seat is taken', () => {
    const room = new FakeRoom({ pace: 700 })
    const ids = [1, 2, 3, 4].map(() => room.join())
    expect(room.timers.get('deal')!.at).toBe(room.now + 700)
    room.now += 200
    expect(room.shown(ids[0]!)).toMatchObject({ phase: 'waiting', ms: 700, left: 500 })
    room.seen()
    const lines = room.ring('deal')
    expect(types(lines)).toEqual(['Deal', 'Hand', 'Hand', 'Hand', 'Hand', 'Turn'])
    expect(lines[0]).toMatchObject({ deal: 1, seats: [13, 13, 13, 13].map((cards) => ({ cards })) })
    expect(lines.slice(1, 5).map(({ _to }) => _to)).toEqual(ids)
    expect(lines[1]!.cards).toEqual(LOW)
    expect(lines[4]!.cards).toEqual(HIGH)
    expect(lines[5]).toEqual({
      t: 'Turn',
      seat: 0,
      ms: 30_000,
      trick: null,
      passed: [false, false, false, false],
      opening: true,
    })
  })

  it('deals at once without --pace', () => {
    const room = new FakeRoom({ pace: 0 })
    for (const name of ['Ada', 'Bob', 'Cem']) room.join(name)
    room.seen()
    room.join('Dan')
    expect(types(room.seen())).toEqual(['Table', 'Seats', 'Deal', 'Hand', 'Hand', 'Hand', 'Hand', 'Turn'])
  })

  it('who leaves in that pause stops the deal', () => {
    const room = new FakeRoom()
    const ids = [1, 2, 3, 4].map(() => room.join())
    const late = room.timers.get('deal')!.line
    room.sys('Leave', ids[1]!)
    expect(room.timers.has('deal')).toBe(false)
    expect(room.give(late)).toEqual([])
    expect(room.join('Eve')).toBe(5)
    expect(room.shown(5)).toMatchObject({ you: 1, phase: 'waiting' })
    expect(types(room.ring('deal'))).toContain('Deal')
  })

  it('who comes fifth watches and sees no cards', () => {
    const room = new FakeRoom()
    room.fourPlay()
    room.seen()
    const eve = room.join('Eve')
    expect(room.seen()).toEqual([
      expect.objectContaining({ t: 'Table', you: null, hand: [], phase: 'playing', _to: eve }),
    ])
    expect(room.meta.at(-1)).toMatchObject({ players: 4, watching: 1 })
  })

  it('who comes by a --joinmsg that says nothing of bots is a person', () => {
    const room = new FakeRoom()
    const lines = room.give({ t: 'Join', _from: 1, _sys: true })
    expect(lines[0]!.seats[0]).toMatchObject({ id: 1, name: 'Player 1', bot: false })
  })

  it('a second Join of the same number changes nothing', () => {
    const room = new FakeRoom()
    const ada = room.join('Ada')
    expect(room.give({ t: 'Join', _from: ada, _name: 'Eve', _bot: false, _sys: true })).toEqual([])
  })
})

describe('bots', () => {
  it('are asked for, a seat each, when it has been empty for --fill', () => {
    const room = new FakeRoom({ fill: 4000 })
    room.join('Ada')
    expect([...room.timers].map(([name, { at }]) => [name, at - room.now])).toEqual([
      ['fill1', 4000],
      ['fill2', 4000],
      ['fill3', 4000],
    ])
    room.now += 3000
    room.join('Bob')
    expect([...room.timers.keys()]).toEqual(['fill2', 'fill3'])
    room.ring()
    expect(room.bots).toBe(1)
    room.ring()
    expect(room.bots).toBe(2)
    room.join('', true)
    room.seen()
    room.join('', true)
    expect(room.bots).toBe(2)
    const { seats } = find(room.seen(), 'Seats')
    expect(seats.map(({ bot }: Line) => bot)).toEqual([false, false, true, true])
    expect(new Set(seats.map(({ name }: Line) => name)).size).toBe(4)
    expect(room.timers.has('deal')).toBe(true)
  })

  it('are announced with the time until the last of them is asked for', () => {
    const room = new FakeRoom({ fill: 4000 })
    const ada = room.join('Ada')
    const bob = room.join('Bob')
    room.seen()
    room.now += 3000
    room.sys('Leave', bob)
    expect(room.seen()).toEqual([expect.objectContaining({ t: 'Seats', fill: 4000 })])
    expect(room.shown(ada).fill).toBe(4000)
    for (const seat of [2, 3, 1]) room.ring(`fill${seat}`)
    expect(room.shown(ada).fill).toBe(0)
    for (let n = 0; n < 3; n++) room.join('', true)
    expect(room.seen().at(-1)).toMatchObject({ t: 'Seats', fill: 0 })
  })

  it('are asked for at once with --fill 0', () => {
    const room = new FakeRoom({ fill: 0 })
    room.join('Ada')
    expect([room.bots, room.timers.size]).toEqual([3, 0])
  })

  it('are wanted no longer where a person is faster', () => {
    const room = new FakeRoom({ fill: 0 })
    room.join('Ada')
    room.join('Bob')
    expect(room.bots).toBe(2)
    room.join('', true)
    room.join('', true)
    const late = room.join('', true)
    expect(room.shown(late).you).toBe(null)
    expect(room.bots).toBe(2)
  })

  it('are not asked for by who is no longer there', () => {
    const room = new FakeRoom()
    const ada = room.join('Ada')
    const late = room.timers.get('fill1')!.line
    room.sys('Leave', ada)
    expect([room.timers.size, room.bots]).toEqual([0, 0])
    room.give(late)
    expect(room.bots).toBe(0)
  })

  it('give a seat to a person at the next deal, the newest bot first, and no sooner', () => {
    const room = new FakeRoom({ fill: 0, rest: 5000, pace: 0 })
    const ada = room.join('Ada')
    const [bob, cem, dan] = [1, 2, 3].map(() => room.join('', true))
    const eve = room.join('Eve')
    expect(room.shown(eve).you).toBe(null)
    expect(find(seatThreeWins(room, [ada, bob!, cem!, dan!]), 'Over').winner).toBe(3)
    expect(room.bots).toBe(3)
    room.seen()
    const lines = room.ring('deal')
    expect(types(lines)).toEqual(['Table', 'Table', 'Seats', 'Deal', 'Hand', 'Hand', 'Hand', 'Hand', 'Turn'])
    expect(lines[0]).toMatchObject({ you: null, hand: [], _to: dan })
    expect(lines[1]).toMatchObject({ you: 3, hand: [], _to: eve })
    expect(lines[2]!.seats[3]).toMatchObject({ id: eve, bot: false, score: 0 })
    expect(room.bots).toBe(2)
    // Which bot goes is the server's choice. Another one than expected leaves a seat to the one that stood up.
    room.seen()
    room.sys('Leave', bob!)
    expect(room.bots).toBe(2)
    const table = find(room.seen(), 'Table')
    expect(table).toMatchObject({ you: 1, counts: [13, 13, 13, 13], _to: dan })
    // Its 102 points were those of another time.
    expect(table.seats[1]).toMatchObject({ id: dan, score: 0 })
    room.sys('Leave', cem!)
    room.sys('Leave', dan!)
    expect(room.bots).toBe(2)
  })

  it('wait behind people for a seat', () => {
    const room = new FakeRoom({ fill: 0 })
    room.join('Ada')
    const bots = [1, 2, 3, 4].map(() => room.join('', true))
    const eve = room.join('Eve')
    room.sys('Leave', bots[0]!)
    expect([room.shown(eve).you, room.shown(bots[3]!).you]).toEqual([1, null])
  })

  it('that came last leave without a trace', () => {
    const room = new FakeRoom({ fill: 0, pace: 0 })
    const ada = room.join('Ada')
    const bots = [1, 2, 3].map(() => room.join('', true))
    room.join('Eve')
    seatThreeWins(room, [ada, ...bots])
    room.ring('deal')
    room.seen()
    expect(room.sys('Leave', bots[2]!)).toEqual([])
    expect(room.bots).toBe(2)
  })
})

describe('playing', () => {
  it('goes round, and who passes is out until the trick ends', () => {
    const room = new FakeRoom()
    const [ada, bob, cem, dan] = room.fourPlay() as [number, number, number, number]
    expect(room.plays(ada, '3D')).toEqual([
      { t: 'Played', seat: 0, cards: ['3D'], left: 12, timer: false },
      {
        t: 'Turn',
        seat: 1,
        ms: 30_000,
        trick: { seat: 0, cards: ['3D'] },
        passed: [false, false, false, false],
        opening: false,
      },
    ])
    expect(room.passes(bob)).toEqual([
      { t: 'Passed', seat: 1, timer: false },
      expect.objectContaining({ t: 'Turn', seat: 2, passed: [false, true, false, false] }),
    ])
    room.plays(cem, '9H')
    room.plays(dan, 'QS')
    expect(room.shown(bob)).toMatchObject({
      turn: 0,
      trick: { seat: 3, cards: ['QS'] },
      last: [{ seat: 0, cards: ['3D'] }, 'pass', { seat: 2, cards: ['9H'] }, { seat: 3, cards: ['QS'] }],
      counts: [12, 13, 12, 12],
      opening: false,
    })
    room.passes(ada)
    // Bob has passed: it is Cem's turn.
    expect(refusal(room.plays(bob, '8S'), bob)).toBe('It is not your turn.')
    expect(room.passes(cem)).toEqual([
      { t: 'Passed', seat: 2, timer: false },
      { t: 'Trick', seat: 3 },
      expect.objectContaining({
        t: 'Turn',
        seat: 3,
        trick: null,
        passed: [false, false, false, false],
        opening: false,
      }),
    ])
    expect(room.shown(bob).last).toEqual([null, null, null, null])
    expect(types(room.plays(dan, 'KD KC'))).toEqual(['Played', 'Turn'])
  })

  it('refuses what breaks a rule, and changes nothing', () => {
    const room = new FakeRoom()
    const [ada, bob] = room.fourPlay() as [number, number]
    const eve = room.join('Eve')
    const before = room.shown(eve)
    expect(refusal(room.passes(ada), ada)).toMatch(/You lead/)
    expect(refusal(room.plays(ada, '4D'), ada)).toMatch(/3♦/)
    expect(refusal(room.plays(ada, '3D 4D'), ada)).toMatch(/combination/)
    expect(refusal(room.plays(ada, '2S'), ada)).toMatch(/do not hold the 2♠/)
    expect(refusal(room.plays(ada, ''), ada)).toMatch(/Choose/)
    expect(refusal(room.plays(bob, '6C'), bob)).toMatch(/not your turn/)
    expect(refusal(room.passes(bob), bob)).toMatch(/not your turn/)
    expect(refusal(room.plays(eve, '3D'), eve)).toMatch(/watching/)
    expect(room.shown(eve)).toEqual(before)
    room.plays(ada, '3D')
    expect(refusal(room.plays(bob, '6C 6H'), bob)).toMatch(/single card/)
  })

  it('is refused while nothing is dealt', () => {
    const room = new FakeRoom()
    const ada = room.join('Ada')
    expect(refusal(room.plays(ada, '3D'), ada)).toBe('No deal is being played.')
  })

  it('ends with the first empty hand; points are added up and the next deal follows', () => {
    const room = new FakeRoom({ rest: 4000 })
    const ids = room.fourPlay()
    const lines = seatThreeWins(room, ids)
    expect(lines).toEqual([
      { t: 'Played', seat: 3, cards: ['2S'], left: 0, timer: false },
      {
        t: 'Over',
        winner: 3,
        left: [12, 13, 13, 0],
        points: [-24, -39, -39, 102],
        scores: [-24, -39, -39, 102],
        ms: 4000,
      },
    ])
    expect([...room.timers.keys()]).toEqual(['deal'])
    room.now += 1000
    const { t: _, ...result } = lines[1]!
    expect(room.shown(ids[0]!)).toMatchObject({ phase: 'over', turn: null, ms: 4000, left: 3000, result })
    expect(refusal(room.plays(ids[0]!, '4D'), ids[0]!)).toBe('No deal is being played.')
    expect(types(room.ring())).toEqual(['Deal', 'Hand', 'Hand', 'Hand', 'Hand', 'Turn'])
    expect(room.shown(ids[0]!)).toMatchObject({
      deal: 2,
      result: null,
      seats: [{ score: -24 }, {}, {}, { score: 102 }],
    })
    expect(find(seatThreeWins(room, ids), 'Over').scores).toEqual([-48, -78, -78, 204])
  })

  it('goes on at once with --rest 0', () => {
    const room = new FakeRoom({ rest: 0 })
    const lines = seatThreeWins(room, room.fourPlay())
    expect(types(lines)).toEqual(['Played', 'Over', 'Deal', 'Hand', 'Hand', 'Hand', 'Hand', 'Turn'])
  })
})

describe('the turn timer', () => {
  it('plays the lowest card of who leads, and passes for who does not', () => {
    const room = new FakeRoom({ turn: 8000 })
    const [ada] = room.fourPlay()
    expect([...room.timers.keys()]).toEqual(['turn'])
    const lines = room.ring('turn')
    expect(lines[0]).toEqual({ t: 'Played', seat: 0, cards: ['3D'], left: 12, timer: true })
    expect(room.ring('turn')[0]).toEqual({ t: 'Passed', seat: 1, timer: true })
    room.ring('turn')
    expect(types(room.ring('turn'))).toEqual(['Passed', 'Trick', 'Turn'])
    expect(room.ring('turn')[0]).toMatchObject({ cards: ['3C'], timer: true })
    room.now += 5000
    expect(room.shown(ada!)).toMatchObject({ ms: 8000, left: 3000 })
  })

  it('plays a whole deal, if need be', () => {
    const room = new FakeRoom({ rest: 6000 }, seeded(7))
    room.fourPlay()
    let over: Line | undefined
    while (!over) over = find(room.ring(), 'Over')
    expect(over.left.filter((left: number) => left === 0)).toHaveLength(1)
  })

  it('has no say any more when it comes late', () => {
    const room = new FakeRoom()
    const [ada] = room.fourPlay()
    const late = room.timers.get('turn')!.line
    room.plays(ada!, '3D')
    expect(room.give(late)).toEqual([])
    expect(types(room.ring('turn'))).toEqual(['Passed', 'Turn'])
  })
})

describe("a bot's pace", () => {
  const withBot = (pace: Parameters<typeof room>[0] = {}) => room(pace)
  function room(pace: ConstructorParameters<typeof FakeRoom>[0]) {
    const table = new FakeRoom(pace)
    const bot = table.join('', true)
    for (const name of ['Bob', 'Cem', 'Dan']) table.join(name)
    if (table.timers.has('deal')) table.ring('deal')
    table.seen()
    return { table, bot }
  }

  it('holds its play back until --pace after its turn began', () => {
    const { table, bot } = withBot({ pace: 900 })
    table.now += 300
    expect(table.plays(bot, '3D')).toEqual([])
    expect(table.timers.get('pace')!.at).toBe(table.now + 600)
    expect(table.ring()).toEqual([
      { t: 'Played', seat: 0, cards: ['3D'], left: 12, timer: false },
      expect.objectContaining({ t: 'Turn', seat: 1 }),
    ])
    for (const id of [2, 3, 4]) table.passes(id)
    expect(refusal(table.passes(bot), bot)).toMatch(/You lead/)
    table.plays(bot, '3C')
    table.ring('pace')
    table.plays(2, '6C')
    table.passes(3)
    table.passes(4)
    expect(table.passes(bot)).toEqual([])
    expect(types(table.ring('pace'))).toEqual(['Passed', 'Trick', 'Turn'])
  })

  it('is over once, whatever comes twice, and in whole milliseconds', () => {
    const { table, bot } = withBot({ pace: 900 })
    table.now += 100.25
    table.plays(bot, '3D')
    const { line } = table.timers.get('pace')!
    expect(types(table.ring('pace'))).toEqual(['Played', 'Turn'])
    expect(table.give(line)).toEqual([])
  })

  it('lets a slow bot play at once, and every bot with --pace 0', () => {
    const slow = withBot({ pace: 900 })
    slow.table.now += 900
    expect(types(slow.table.plays(slow.bot, '3D'))).toEqual(['Played', 'Turn'])
    const { table, bot } = withBot({ pace: 0 })
    expect(types(table.plays(bot, '3D'))).toEqual(['Played', 'Turn'])
  })

  it('refuses a bad play at once, and a second one', () => {
    const { table, bot } = withBot()
    expect(refusal(table.plays(bot, '4D'), bot)).toMatch(/3♦/)
    table.plays(bot, '3D')
    expect(refusal(table.plays(bot, '3D 3S'), bot)).toBe('You have played.')
    expect(table.ring('pace')[0]).toMatchObject({ cards: ['3D'] })
  })

  it('does not outlast the turn', () => {
    const { table, bot } = withBot({ pace: 5000, turn: 2000 })
    table.plays(bot, '3D 3S')
    expect(table.ring('turn')[0]).toMatchObject({ cards: ['3D', '3S'], timer: false })
    expect(table.timers.has('pace')).toBe(false)
  })

  it('is forgotten with a bot that leaves', () => {
    const { table, bot } = withBot()
    table.plays(bot, '3D 3S')
    const late = table.timers.get('pace')!.line
    table.sys('Leave', bot)
    expect(table.give(late)).toEqual([])
    expect(table.ring('turn')[0]).toMatchObject({ cards: ['3D'], timer: true })
  })
})

describe('away and back', () => {
  it('an away player keeps its seat and its cards, and the timer plays', () => {
    const room = new FakeRoom()
    const [ada] = room.fourPlay() as [number]
    room.seen()
    expect(room.sys('Away', ada)).toEqual([
      {
        t: 'Seats',
        seats: expect.arrayContaining([expect.objectContaining({ id: ada, away: true, cards: 13 })]),
        fill: 0,
      },
    ])
    expect(room.sys('Away', ada)).toEqual([])
    expect(room.ring('turn')[0]).toMatchObject({ seat: 0, timer: true })
    expect(room.meta.at(-1)).toMatchObject({ players: 4 })
    const back = room.sys('Back', ada)
    expect(types(back)).toEqual(['Seats'])
    expect(back[0]!.seats[0]).toMatchObject({ id: ada, away: false, cards: 12 })
  })

  it.each([
    ['lost its page', { fresh: true }],
    ['missed lines', { missed: 3 }],
  ])('who %s sees the whole table again', (_name, how) => {
    const room = new FakeRoom()
    const [ada, , , dan] = room.fourPlay() as number[]
    room.plays(ada!, '3D')
    room.sys('Away', dan!)
    const lines = room.sys('Back', dan!, how)
    expect(types(lines)).toEqual(['Table', 'Seats'])
    expect(lines[0]).toMatchObject({ you: 3, hand: HIGH, turn: 1, trick: { seat: 0, cards: ['3D'] }, _to: dan })
  })

  it('who watches and is away waits for no seat', () => {
    const room = new FakeRoom()
    const [ada] = room.fourPlay() as [number]
    const [eve, fay] = [room.join('Eve'), room.join('Fay')]
    room.sys('Away', eve)
    room.sys('Leave', ada)
    expect(room.shown(fay).you).toBe(0)
    expect(room.sys('Back', eve)).toEqual([])
    room.sys('Leave', fay)
    expect(room.shown(eve).you).toBe(0)
  })
})

describe('leaving', () => {
  it('in the middle of a deal leaves the cards to whom takes the seat; until then the timer plays them', () => {
    const room = new FakeRoom({ fill: 5000 })
    const [, bob, cem, dan] = room.fourPlay() as [number, number, number, number]
    room.ring('turn')
    room.seen()
    expect(room.sys('Leave', bob)).toEqual([
      { t: 'Seats', seats: [expect.anything(), null, expect.anything(), expect.anything()], fill: 5000 },
    ])
    expect(room.ring('turn')[0]).toEqual({ t: 'Passed', seat: 1, timer: true })
    expect(room.shown(cem).counts).toEqual([12, 13, 13, 13])
    room.ring('fill1')
    expect(room.bots).toBe(1)
    room.seen()
    const bot = room.join('', true)
    const [table, seats] = room.seen()
    expect(table).toMatchObject({ you: 1, turn: 2, passed: [false, true, false, false], _to: bot })
    expect(table!.hand).toHaveLength(13)
    expect(seats!.seats[1]).toMatchObject({ id: bot, bot: true, cards: 13, score: 0 })
    room.passes(cem)
    room.passes(dan)
    expect(room.shown(bot).turn).toBe(0)
  })

  it('gives the seat to who watches, who then sees its cards and may be to play', () => {
    const room = new FakeRoom()
    const [ada, bob] = room.fourPlay() as [number, number]
    const eve = room.join('Eve')
    room.plays(ada, '3D')
    room.seen()
    const lines = room.sys('Leave', bob)
    expect(types(lines)).toEqual(['Table', 'Seats'])
    expect(lines[0]).toMatchObject({ you: 1, turn: 1, _to: eve })
    expect(lines[0]!.hand).toContain('6C')
    expect(types(room.plays(eve, '6C'))).toEqual(['Played', 'Turn'])
    expect(room.timers.has('fill1')).toBe(false)
  })

  it('takes the score along; who sits down has none yet', () => {
    const room = new FakeRoom()
    const ids = room.fourPlay()
    seatThreeWins(room, ids)
    room.sys('Leave', ids[3]!)
    const eve = room.join('Eve')
    expect(room.shown(eve).seats[3]).toMatchObject({ id: eve, score: 0 })
    room.ring('deal')
    expect(find(seatThreeWins(room, [...ids.slice(0, 3), eve]), 'Over').scores).toEqual([-48, -78, -78, 102])
  })

  it('after the deal leaves cards that nobody is shown', () => {
    const room = new FakeRoom()
    const ids = room.fourPlay()
    seatThreeWins(room, ids)
    room.sys('Leave', ids[1]!)
    const eve = room.join('Eve')
    expect(room.shown(eve)).toMatchObject({ you: 1, phase: 'over', hand: [], result: { left: [12, 13, 13, 0] } })
    expect(room.shown(ids[0]!).hand).toHaveLength(12)
  })

  it('after the deal stops the next one until the seat is taken', () => {
    const room = new FakeRoom({ pace: 700 })
    const ids = room.fourPlay()
    seatThreeWins(room, ids)
    room.sys('Leave', ids[1]!)
    expect(types(room.ring('deal'))).toEqual([])
    expect(room.shown(ids[0]!)).toMatchObject({ phase: 'waiting', hand: [], result: null })
    room.join('Eve')
    expect(types(room.ring('deal'))).toContain('Deal')
  })

  it('of who watches is nobody else’s business', () => {
    const room = new FakeRoom()
    room.fourPlay()
    const eve = room.join('Eve')
    expect(room.sys('Leave', eve)).toEqual([])
    expect(refusal(room.says(eve, { t: 'Chat', text: 'bye' }), eve)).toBe('You are not at this table.')
  })
})

describe('names and chat', () => {
  it('a name is short, on one line, and shown to all', () => {
    const room = new FakeRoom()
    const ada = room.join(' A\u0000d\na\u202e of a very long line ')
    expect(room.seen()[0]!.seats[0].name).toBe('A d a of a very')
    expect(room.says(ada, { t: 'Me', name: '🂡'.repeat(40) })).toEqual([
      { t: 'Seats', seats: [expect.objectContaining({ name: '🂡'.repeat(16) }), null, null, null], fill: 10_000 },
    ])
    expect(room.says(ada, { t: 'Me', name: '🂡'.repeat(16) })).toEqual([])
    for (const name of ['', '  \n', 7, null, undefined, ['Ada']]) refusal(room.says(ada, { t: 'Me', name }), ada)
  })

  it('who has none gets one', () => {
    const room = new FakeRoom()
    room.join('')
    room.join('\u0007', true)
    expect(find(room.seen(), 'Table').seats[0].name).toBe('Player 1')
    expect(room.shown(2).seats[1].name).toBe('Mei')
  })

  it('chat goes to everyone, from who plays and who watches', () => {
    const room = new FakeRoom()
    room.fourPlay()
    const eve = room.join('Eve')
    expect(room.says(eve, { t: 'Chat', text: ' well\n played ' })).toEqual([
      { t: 'Chat', id: eve, name: 'Eve', text: 'well played' },
    ])
    expect(room.says(eve, { t: 'Chat', text: 'ä'.repeat(300) })[0]!.text).toBe('ä'.repeat(200))
    for (const text of ['', ' ', 5, {}, undefined]) refusal(room.says(eve, { t: 'Chat', text }), eve)
  })
})

describe('lines that nobody should trust', () => {
  it.each([
    ['Join', { _name: 'Eve', _bot: true }],
    ['Leave', {}],
    ['Away', {}],
    ['Back', { fresh: true }],
    ['Timer', { timer: 'turn', n: 5 }],
    ['Timer', { timer: 'deal', n: 1 }],
    ['Table', {}],
    ['Played', { seat: 0, cards: ['3D'] }],
  ])('a forged %s is refused', (t, rest) => {
    const room = new FakeRoom()
    const [ada] = room.fourPlay() as [number]
    const before = room.shown(ada)
    refusal(room.says(ada, { t, ...rest }), ada)
    expect(room.shown(ada)).toEqual(before)
  })

  it('whatever a client can send, it is refused and changes nothing', () => {
    const word = fc.constantFrom(
      'Join',
      'Leave',
      'Away',
      'Back',
      'Timer',
      'Play',
      'Pass',
      'Me',
      'Chat',
      'Table',
      'Tick',
      '__proto__',
    )
    const key = fc.constantFrom(
      't',
      'cards',
      'name',
      'text',
      'timer',
      'n',
      'seat',
      'fresh',
      'missed',
      '_to',
      '_cache',
      'toString',
    )
    const some = fc.oneof(
      word,
      fc.constantFrom('3D', '4D'),
      fc.jsonValue({ maxDepth: 3 }),
      fc.constant(['3D']),
      fc.constant(['2S', '2S']),
    )
    const message = fc.tuple(fc.dictionary(key, some), word).map(([rest, t]) => ({ t, ...rest }))
    const rooms = [() => new FakeRoom(), () => onTable()]
    const onTable = () => {
      const room = new FakeRoom()
      room.fourPlay()
      return room
    }
    fc.assert(
      fc.property(fc.constantFrom(...rooms), fc.integer({ min: 1, max: 6 }), message, (make, from, sent) => {
        const room = make()
        const eve = room.join('Eve')
        const before = { table: room.shown(eve), timers: [...room.timers.keys()], bots: room.bots }
        const lines = room.says(from, sent)
        const polite = sent.t === 'Me' || sent.t === 'Chat' || lines[0]?.t === 'Played'
        if (polite) return
        refusal(lines, from)
        expect({ table: room.shown(eve), timers: [...room.timers.keys()], bots: room.bots }).toEqual(before)
      }),
      { numRuns: 2000 },
    )
  })

  it('lines that are no lines of anyone are passed over', () => {
    const room = new FakeRoom()
    room.fourPlay()
    room.seen()
    const lines = [
      undefined,
      null,
      5,
      'Join',
      [],
      {},
      { t: 'Join' },
      { t: 'Join', _sys: true },
      { t: 'Tick', n: 1, _sys: true },
    ]
    const odd = [
      { t: 'Pass', _from: '1' },
      { t: 'Pass', _from: 1.5 },
      { t: 'Timer', timer: 7, n: 1, _sys: true },
      { t: 'Join', _from: null, _sys: true },
    ]
    for (const line of [...lines, ...odd]) expect(room.give(line)).toEqual([])
  })
})

describe('a table over a long time', () => {
  /** What can happen to a table, one step each. */
  const STEPS = ['come', 'come', 'go', 'away', 'back', 'ring', 'ring', 'play', 'play', 'play', 'play', 'play'] as const

  /** Plays a table by chance, bots joining and leaving as it asks, and looks at everything that it prints. */
  function live(seed: number, steps: number): { deals: number; lines: string[] } {
    const random = seeded(seed)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
    const pace = { turn: 3000, fill: pick([0, 2000]), pace: pick([0, 500]), rest: pick([0, 1000]) }
    const room = new FakeRoom(pace, seeded(seed + 1))
    const company = new Company()
    const here = new Map<number, { bot: boolean }>()
    const printed: string[] = []
    let waiting: Line[] = []
    let deals = 0
    let seats: (Line | null)[] = [null, null, null, null]
    let owned = new Map<number, Set<string>>()

    const look = (lines: Line[]) => {
      for (const line of lines) {
        printed.push(JSON.stringify(line))
        if (line._to !== undefined) expect(here.has(line._to)).toBe(true)
        if (line.seats) {
          seats = line.seats
          const ids = seats.filter((seat) => seat !== null).map(({ id }) => id)
          expect(new Set(ids).size).toBe(ids.length)
          for (const id of ids) expect(here.has(id)).toBe(true)
        }
        if (line.t === 'Deal') {
          deals++
          owned = new Map()
        }
        if (line.t === 'Hand') {
          const seat = seats.findIndex((guest) => guest?.id === line._to)
          owned.set(seat, new Set(line.cards))
          if (owned.size === 4) expect(new Set([...owned.values()].flatMap((hand) => [...hand])).size).toBe(52)
        }
        if (line.t === 'Played') {
          for (const card of line.cards) expect(owned.get(line.seat)!.delete(card)).toBe(true)
          expect(owned.get(line.seat)!.size).toBe(line.left)
        }
        if (line.t === 'Table') {
          const seat = seats.findIndex((guest) => guest?.id === line._to)
          expect(line.you).toBe(seat < 0 ? null : seat)
          if (line.phase === 'playing') expect(line.hand.every((card: string) => owned.get(seat)!.has(card))).toBe(true)
          if (line.phase === 'playing') expect(line.counts).toEqual([0, 1, 2, 3].map((seat) => owned.get(seat)!.size))
        }
      }
      waiting.push(...company.hear(lines))
      room.seen()
      expect(room.bots).toBeLessThanOrEqual(4)
      // A deal in play always has somebody's time running, so that it ends.
      const last = printed.findLast((text) => /^\{"t":"(Turn|Over)"/.test(text))
      if (last?.startsWith('{"t":"Turn"')) expect(room.timers.has('turn')).toBe(true)
    }
    const join = (bot: boolean) => {
      const id = Math.max(0, ...here.keys()) + 1
      here.set(id, { bot })
      company.add(id)
      look(room.give({ t: 'Join', _from: id, _name: '', _bot: bot, _sys: true }))
    }
    const leave = (id: number) => {
      here.delete(id)
      company.remove(id)
      waiting = waiting.filter(({ _from }) => _from !== id)
      look(room.sys('Leave', id))
    }
    const bots = () => [...here].filter(([, { bot }]) => bot).map(([id]) => id)

    join(false)
    for (let step = 0; step < steps; step++) {
      const people = [...here].filter(([, { bot }]) => !bot).map(([id]) => id)
      const act = pick(STEPS)
      if (act === 'come' && people.length < 6) join(false)
      if (act === 'go' && people.length > 1 && random() < 0.3) leave(pick(people))
      if (act === 'away') look(room.sys('Away', pick(people)))
      if (act === 'back') look(room.sys('Back', pick(people), pick([{}, { fresh: true }, { missed: 2 }])))
      if (act === 'ring' && room.timers.size > 0) look(room.ring())
      if (act === 'play') {
        const [answer] = waiting.splice(Math.floor(random() * waiting.length), 1)
        if (answer) look(room.give(answer))
      }
      // The server does what the table asks, though not always at once, and which bot goes is its own choice.
      if (random() < 0.5 && bots().length < room.bots) join(true)
      if (random() < 0.5 && bots().length > room.bots) leave(pick(bots()))
    }
    return { deals, lines: printed }
  }

  it('keeps every card, every seat and every secret, whatever happens', () => {
    let deals = 0
    for (let seed = 1; seed <= 40; seed++) deals += live(seed, 400).deals
    expect(deals).toBeGreaterThan(100)
  })

  it('does the same for the same lines, clock and chance', () => {
    expect(live(11, 300).lines).toEqual(live(11, 300).lines)
    expect(live(11, 300).lines).not.toEqual(live(12, 300).lines)
  })
})
